import Testing
import Upstream

@Suite("Reach of addresses")
struct AddressReachTests {
  @Test(
    "every special block is known from its first to its last address",
    arguments: [
      (.unspecified, ["0.0.0.0", "0.255.255.255", "::"]),
      (.loopback, ["127.0.0.0", "127.0.0.1", "127.255.255.255", "::1"]),
      (.privateUse, ["10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.0", "192.168.255.255"]),
      (.privateUse, ["fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fd00:ec2::254", "fec0::", "feff:ffff::"]),
      (.linkLocal, ["169.254.0.0", "169.254.169.254", "169.254.255.255", "fe80::", "febf:ffff::1"]),
      (.sharedSpace, ["100.64.0.0", "100.127.255.255"]),
      (.multicast, ["224.0.0.0", "239.255.255.255", "ff00::", "ffff::"]),
      (.broadcast, ["255.255.255.255"]),
      (
        .reserved,
        ["192.0.0.0", "192.0.0.255", "192.0.2.0", "192.0.2.255", "192.88.99.1", "198.18.0.0", "198.19.255.255"]
      ),
      (.reserved, ["198.51.100.0", "203.0.113.255", "240.0.0.0", "255.255.255.254"]),
      (.reserved, ["2001:1::1", "2001:1ff:ffff::", "2001:db8::", "2001:db8:ffff::1", "3fff::", "3fff:fff:ffff::"]),
      (.reserved, ["100::", "1fff::", "4000::", "5f00::", "8000::1", "::1:0:0:0", "64:ff9b:2::1", "64:ff9b:0:0:1::"]),
      (
        .embedding,
        ["::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:8.8.8.8", "::8.8.8.8", "::2", "2002:7f00:1::", "2002::"]
      ),
      (.embedding, ["2001::1", "2001:0:ffff::", "64:ff9b:1::1", "64:ff9b:1:ffff::10.0.0.1"]),
      (.loopback, ["64:ff9b::127.0.0.1"]), (.privateUse, ["64:ff9b::10.0.0.1", "64:ff9b::192.168.1.1"]),
      (.linkLocal, ["64:ff9b::169.254.169.254"]),
      (
        .global,
        ["1.0.0.0", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255"]
      ),
      (
        .global,
        ["128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.0.3.0"]
      ),
      (
        .global, ["192.88.98.255", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255"]
      ),
      (
        .global,
        ["2000::", "2001:200::", "2001:4860:4860::8888", "2001:db7::", "2001:db9::", "2003::", "3ffe::", "3fff:1000::"]
      ),
      (.global, ["64:ff9b::8.8.8.8"]),
    ] as [(AddressReach, [String])])
  func blocks(_ reach: AddressReach, _ texts: [String]) throws {
    for text in texts {
      let address = try #require(IPAddress(text))
      #expect(address.reach == reach, "\(text) is \(address.reach)")
    }
  }

  @Test(
    "only plain addresses are read",
    arguments: [
      "", "1.2.3", "1.2.3.4.5", "01.2.3.4", "0x1.2.3.4", "1.2.3.256", "1.2.3.4 ", "::1%lo", "[::1]", "1::2::3", ":::",
      "localhost", "1.2.3.4\u{0}",
    ])
  func notAddresses(_ text: String) { #expect(IPAddress(text) == nil) }

  @Test(
    "an address is written in its usual form",
    arguments: [("192.0.2.1", "192.0.2.1"), ("2001:DB8:0:0::1", "2001:db8::1")])
  func texts(_ text: String, _ written: String) { #expect(IPAddress(text)?.description == written) }
}
