import CCurl

/// An easy handle that a `CurlDriver` runs, and who hears of its end. Libcurl refers to the object by an unretained
/// pointer: whoever starts a task owns it and keeps it until the handle is out of the driver.
class CurlTask {
  /// Libcurl's handle. Freed by the subclass.
  let handle: UnsafeMutableRawPointer

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

  /// The object behind a handle.
  static func of(_ handle: UnsafeMutableRawPointer) -> CurlTask? {
    var context: UnsafeMutableRawPointer?
    guard pb_curl_get_pointer(handle, CURLINFO_PRIVATE, &context) == CURLE_OK, let context else { return nil }
    return Unmanaged<CurlTask>.fromOpaque(context).takeUnretainedValue()
  }
}
