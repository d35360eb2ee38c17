import CPosix
import Glibc

/// A failed system call: what was tried and the reason the system gave.
package struct SystemFailure: Error, Sendable, CustomStringConvertible {
  /// The call or the step, such as `bind 127.0.0.1:8080`.
  package let step: String
  /// The value of `errno`.
  package let code: Int32

  /// A failure with the given code.
  package init(_ step: String, code: Int32) {
    self.step = step
    self.code = code
  }

  /// A failure of the call that has just returned; reads `errno`.
  package init(_ step: String) {
    self.init(step, code: pb_errno())
  }

  /// `bind 127.0.0.1:8080: Address already in use`.
  package var description: String { step + ": " + SystemFailure.text(code) }

  /// The system's words for an `errno` value.
  package static func text(_ code: Int32) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
      guard let base = buffer.baseAddress else { return "error \(code)" }
      return String(cString: pb_error_text(code, base, 256))
    }
  }
}
