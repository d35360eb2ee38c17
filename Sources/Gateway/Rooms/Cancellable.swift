/// Something awaited that may be given up; afterwards whoever waits hears nothing. Used on one loop.
package protocol Cancellable: AnyObject {
  /// Gives it up.
  func cancel()
}
