import CCurl
import Glibc
import Upstream

/// An easy handle that a `CurlDriver` runs, and who hears of its end. Libcurl refers to the object by an unretained
/// pointer: whoever starts a task owns it and keeps it until the handle is out of the driver.
class CurlTask {
  /// Libcurl's handle. Freed by the subclass.
  let handle: UnsafeMutableRawPointer

  private var addresses = AddressRule.any
  /// Whether the handle was to connect to an address that its rule does not allow.
  private(set) final var hasRefusedAddress = false

  /// A task around a handle.
  init(handle: UnsafeMutableRawPointer) { self.handle = handle }

  /// Libcurl is done with the handle. Called outside of libcurl.
  func finished(_ result: CURLcode) {}

  /// Does at the end of the turn what could not be done inside one of libcurl's callbacks; see `CurlDriver.queue`.
  func settle() {}

  /// Points the handle at this object and its closing of sockets at the driver.
  final func bind(to driver: CurlDriver) {
    _ = pb_curl_set_pointer(handle, CURLOPT_PRIVATE, Unmanaged.passUnretained(self).toOpaque())
    _ = pb_curl_set_pointer(handle, CURLOPT_CLOSESOCKETDATA, Unmanaged.passUnretained(driver).toOpaque())
    _ = pb_curl_set_close(handle, CurlDriver.closeCallback)
    _ = pb_curl_set_pointer(handle, CURLOPT_SOCKOPTDATA, Unmanaged.passUnretained(driver).toOpaque())
    _ = pb_curl_set_open(handle, CurlDriver.openCallback)
  }

  /// Lets the handle connect to the addresses of `rule` only.
  final func restrict(to rule: AddressRule) {
    guard rule != .any else { return }
    addresses = rule
    _ = pb_curl_set_pointer(handle, CURLOPT_OPENSOCKETDATA, Unmanaged.passUnretained(self).toOpaque())
    _ = pb_curl_set_open_socket(handle, CurlTask.openSocketCallback)
  }

  /// Called for every address that libcurl tries, behind the resolution of names.
  private static let openSocketCallback: pb_curl_open_socket = { context, _, address in
    guard let context, let address else { return -1 }
    let task = Unmanaged<CurlTask>.fromOpaque(context).takeUnretainedValue()
    guard let target = IPAddress(pb_curl_address(address)), task.addresses.allows(target) else {
      task.hasRefusedAddress = true
      return -1
    }
    let what = address.pointee
    return socket(what.family, what.socktype | Int32(SOCK_CLOEXEC.rawValue), what.protocol)
  }

  /// The object behind a handle.
  static func of(_ handle: UnsafeMutableRawPointer) -> CurlTask? {
    var context: UnsafeMutableRawPointer?
    guard pb_curl_get_pointer(handle, CURLINFO_PRIVATE, &context) == CURLE_OK, let context else { return nil }
    return Unmanaged<CurlTask>.fromOpaque(context).takeUnretainedValue()
  }
}
