//! Data sets to begin with: a few commands each, which run in the terminal for all to see.

use leptos::prelude::*;

use crate::session::Client;

/// Some data, and why one would keep them so.
struct Sample {
    name: &'static str,
    about: &'static str,
    commands: &'static str,
}

const SAMPLES: [Sample; 3] = [
    Sample {
        name: "A web shop",
        about: "sessions that expire, carts, a best-seller list, orders as a stream",
        commands: "\
HSET product:1 name \"Enamel mug\" price 12.50 stock 140
HSET product:2 name \"Oak tray\" price 34.00 stock 25
HSET product:3 name \"Linen apron\" price 28.90 stock 60
SADD category:kitchen product:1 product:2 product:3
SADD category:gifts product:1 product:2
SET session:4f1c \"{\\\"user\\\":17,\\\"csrf\\\":\\\"b81e\\\"}\" EX 1800
SET session:9a02 \"{\\\"user\\\":23,\\\"csrf\\\":\\\"02dd\\\"}\" EX 600
HSET cart:17 product:1 2 product:3 1
HSET cart:23 product:2 1
EXPIRE cart:23 86400
ZADD bestsellers 412 product:1 97 product:2 230 product:3
INCRBY counter:orders 1041
XADD orders * user 17 product product:1 quantity 2
XADD orders * user 23 product product:2 quantity 1
XGROUP CREATE orders warehouse 0
XREADGROUP GROUP warehouse packer-1 COUNT 1 STREAMS orders >
PFADD visitors:today u17 u23 u31 u44
SETBIT subscribed 17 1
SETBIT subscribed 23 1
SET rate:17 3 EX 60",
    },
    Sample {
        name: "A game",
        about: "players, leaderboards by season, matchmaking queues, friends",
        commands: "\
HSET player:ada name Ada level 31 coins 1250
HSET player:bo name Bo level 12 coins 90
HSET player:cyd name Cyd level 44 coins 7300
ZADD leaderboard:season:1 3120 ada 1890 bo 4475 cyd
ZADD leaderboard:season:2 410 ada 655 bo
SADD friends:ada bo cyd
SADD friends:bo ada
SADD friends:cyd ada
RPUSH queue:duel ada bo
RPUSH queue:team cyd
HSET match:7001 red ada blue bo map harbour
EXPIRE match:7001 900
SET online:ada 1 EX 45
SET online:cyd 1 EX 30
BITFIELD badges:ada SET u4 0 9 SET u4 4 3
XADD chat:lobby * from cyd text \"anyone up for a duel?\"
XADD chat:lobby * from ada text \"in five minutes\"
PUBLISH lobby ada",
    },
    Sample {
        name: "City sensors",
        about: "readings as streams, the last values, places on a map, alarms",
        commands: "\
GEOADD sensors:places 2.3522 48.8566 paris 13.4050 52.5200 berlin -3.7038 40.4168 madrid 12.4964 41.9028 rome
HSET sensor:paris unit celsius firmware 2.1 battery 88
HSET sensor:berlin unit celsius firmware 2.1 battery 64
HSET sensor:madrid unit celsius firmware 2.0 battery 17
HSET sensor:rome unit celsius firmware 2.1 battery 93
XADD reading:paris * value 18.4 humidity 61
XADD reading:paris * value 18.9 humidity 60
XADD reading:berlin * value 15.2 humidity 70
XADD reading:madrid * value 27.6 humidity 33
XADD reading:rome * value 25.1 humidity 48
ZADD latest 18.9 paris 15.2 berlin 27.6 madrid 25.1 rome
SADD alarm:battery madrid
SET alarm:battery:madrid \"17 percent left\" EX 3600
PFADD devices:seen paris berlin madrid rome
LPUSH log:calibration \"paris +0.3\" \"rome -0.1\"
SETBIT uptime:berlin 0 1
SETBIT uptime:berlin 1 1",
    },
];

/// A button for each.
#[component]
pub fn Samples(client: Signal<Client>) -> impl IntoView {
    view! {
        <p>"Or begin with some data:"</p>
        <ul class="samples">
            {SAMPLES.iter().map(|sample| view! {
                <li>
                    <button type="button" on:click=move |_| client.get_untracked().run(sample.commands)>{sample.name}</button>
                    " " <span>{sample.about}</span>
                </li>
            }).collect_view()}
        </ul>
    }
}
