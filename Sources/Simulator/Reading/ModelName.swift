import Core

/// Model names with faults behind a `+`.
enum ModelName {
  /// `demo/echo+cut=3` is `demo/echo` and the fault. Throws a 400 for an unknown fault.
  static func split(_ name: String) throws(Problem) -> (model: String, faults: FaultList) {
    guard let plus = name.firstIndex(of: "+") else { return (name, FaultList()) }
    do throws(GatewayError) {
      return (String(name[..<plus]), try FaultList(String(name[name.index(after: plus)...])))
    } catch {
      throw .invalid(error.message, parameter: "model")
    }
  }

  /// The name without a path in front.
  static func base(_ name: String) -> Substring { name.split(separator: "/").last ?? "" }
}
