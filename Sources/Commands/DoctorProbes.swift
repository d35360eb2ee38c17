import Configuration

/// How `doctor` touches the world, given to it so that tests can stand in for the world.
package struct DoctorProbes: Sendable {
  /// What came of asking a provider for its list of models.
  package enum ProviderAnswer: Sendable, Hashable {
    /// It answered, with this status and, when it sent one, this `Date` field.
    case answered(status: Int, date: String?)
    /// It did not; why.
    case failed(reason: String)
  }

  /// Whether an address can be listened on.
  package enum ListenAnswer: Sendable, Hashable {
    case free
    case inUse
    /// It cannot be used at all; why.
    case unusable(reason: String)
  }

  /// Sends `GET base_url/models` with the provider's credentials; waits for at most some seconds.
  package let provider: @Sendable (ProviderSettings) -> ProviderAnswer
  /// Tries to bind an address and lets it go again.
  package let listen: @Sendable (_ address: String) -> ListenAnswer
  /// The most files this process may open after raising its limit; nil when the system does not say.
  package let openFiles: @Sendable () -> Int?
  /// The wall clock. Unit: seconds since 1970.
  package let now: @Sendable () -> Int64

  /// Probes.
  package init(
    provider: @escaping @Sendable (ProviderSettings) -> ProviderAnswer,
    listen: @escaping @Sendable (_ address: String) -> ListenAnswer, openFiles: @escaping @Sendable () -> Int?,
    now: @escaping @Sendable () -> Int64
  ) {
    self.provider = provider
    self.listen = listen
    self.openFiles = openFiles
    self.now = now
  }
}
