//! Who knocks: what a request tells of the device and the place it came from, cut to what is kept.

use std::net::IpAddr;

/// Longest label of a device.
const LONGEST: usize = 60;

/// One request of somebody who signs in, or stays signed in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Visit {
    /// The client's address, whole: for the limit of failures, kept nowhere.
    pub address: Option<String>,
    /// The device, in a few words.
    pub device: String,
    /// Where from: the address cut short.
    pub place: String,
    /// The request's id.
    pub request_id: String,
}

impl Visit {
    /// From an address, the `User-Agent` header and a request's id.
    pub fn new(address: Option<&str>, agent: Option<&str>, request_id: &str) -> Self {
        Self {
            address: address.map(str::to_owned),
            device: agent.map(device).unwrap_or_default(),
            place: address.map(place).unwrap_or_default(),
            request_id: request_id.to_owned(),
        }
    }
}

impl From<&str> for Visit {
    /// A request of which no more is known than its id.
    fn from(request_id: &str) -> Self {
        Self::new(None, None, request_id)
    }
}

impl From<&Visit> for Visit {
    fn from(visit: &Visit) -> Self {
        visit.clone()
    }
}

/// An address cut to its network, /24 or /48: enough to see that a sign-in came from elsewhere, not from which house. What is
/// no address is not kept.
pub fn place(address: &str) -> String {
    match address.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
        Ok(IpAddr::V4(ip)) => {
            let [a, b, c, _] = ip.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        Ok(IpAddr::V6(ip)) => {
            let [a, b, c, ..] = ip.segments();
            format!("{}/48", std::net::Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
        }
        Err(_) => String::new(),
    }
}

/// What browsers call themselves; the first that is found wins, since the later ones imitate each other.
const BROWSERS: &[(&str, &str)] = &[
    ("MicroMessenger/", "WeChat"),
    ("DingTalk/", "DingTalk"),
    ("wxwork/", "WeCom"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("QQBrowser/", "QQ Browser"),
    ("UCBrowser/", "UC Browser"),
    ("HuaweiBrowser/", "Huawei Browser"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

/// What systems call themselves.
const SYSTEMS: &[(&str, &str)] = &[
    ("HarmonyOS", "HarmonyOS"),
    ("OpenHarmony", "HarmonyOS"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

/// A device in a few words: browser and system where they are known, else the program's own name. Never what could break out
/// of a log or a page.
pub fn device(agent: &str) -> String {
    // As much as a header of a browser ever has; the rest is somebody's joke.
    let head: String = agent.chars().take(512).collect();
    let find = |table: &[(&str, &'static str)]| {
        table.iter().find(|(mark, _)| head.contains(mark)).map(|(_, name)| *name)
    };
    match (find(BROWSERS), find(SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => head
            .chars()
            .take_while(|c| !matches!(c, '(' | ';'))
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '.' | '/' | '-' | '_'))
            .take(LONGEST)
            .collect::<String>()
            .trim()
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_told_in_a_few_words() {
        for (agent, label) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36 Edg/131.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1 Version/18.1 Mobile Safari/604.1",
                "Safari on iOS",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36 MicroMessenger/8.0",
                "WeChat on Android",
            ),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0", "Firefox on Linux"),
            ("curl/8.5.0", "curl/8.5.0"),
            ("python-requests/2.32 (something)", "python-requests/2.32"),
            ("", ""),
        ] {
            assert_eq!(device(agent), label);
        }
    }

    #[test]
    fn nothing_breaks_out_of_a_label() {
        assert_eq!(device("evil\u{0}\r\nSet-Cookie: x\u{202e}<script>"), "evilSet-Cookie xscript");
        assert!(device(&"x".repeat(10_000)).chars().count() <= LONGEST);
        assert!(device(&"界".repeat(10_000)).chars().count() <= LONGEST);
    }

    #[test]
    fn a_place_is_a_network_and_no_house() {
        for (address, kept) in [
            ("203.0.113.77", "203.0.113.0/24"),
            ("::ffff:203.0.113.77", "203.0.113.0/24"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
            ("unknown", ""),
            ("<script>", ""),
        ] {
            assert_eq!(place(address), kept);
        }
        let visit = Visit::new(Some("203.0.113.77"), Some("curl/8"), "r");
        assert_eq!((visit.place.as_str(), visit.device.as_str()), ("203.0.113.0/24", "curl/8"));
    }
}
