//! Other screens, other wishes: what a person's device and settings say to the page. Chromium only.

use super::page::Page;
use serde_json::json;

impl Page {
    /// A window of this size on a wide or small screen; small ones are touched.
    #[track_caller]
    pub fn resize(&self, width: u32, height: u32) {
        let is_mobile = width < 600;
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": is_mobile});
        self.devtools("Emulation.setDeviceMetricsOverride", size);
        self.devtools("Emulation.setTouchEmulationEnabled", json!({ "enabled": is_mobile }));
    }

    /// What the system asks for: `prefers-color-scheme`, `prefers-reduced-motion`, `forced-colors` and the like.
    #[track_caller]
    pub fn prefer(&self, features: &[(&str, &str)]) {
        let features: Vec<_> = features.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": features }));
    }

    /// Runs a script before anything of the page does, from the next document on.
    #[track_caller]
    pub fn before_page(&self, script: &str) {
        self.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script }));
    }

    /// The network that this window has from here on: milliseconds to the host and back, and bytes a second.
    #[track_caller]
    pub fn slow_network(&self, latency_ms: u32, bytes_a_second: u32) {
        self.devtools("Network.enable", json!({}));
        self.devtools(
            "Network.emulateNetworkConditions",
            json!({
                "offline": false,
                "latency": latency_ms,
                "downloadThroughput": bytes_a_second,
                "uploadThroughput": bytes_a_second,
            }),
        );
    }
}
