/// What help can be asked about; the commands of the program.
package enum HelpTopic: String, Sendable, CaseIterable {
  case serve, check, route, routes, simulate, doctor, health, models, keys, credits, usage, audit, store, explain
  case help, version

  /// The overview of all commands.
  package static let overview = """
    Patchbay: one OpenAI-compatible address in front of many model providers.

    Usage: patchbay COMMAND [OPTIONS]

      serve      run the gateway
      check      say everything that is wrong with a configuration
      route      say where a request would go, and why; nothing is sent
      routes     list the addresses of the HTTP interface, and who may use them
      models     list the models in reach, or import a price list
      keys       make keys for callers, change them, take them back
      credits    the account's balance
      usage      who spent what, on which model, at which provider, when
      explain    why a past request went where it went
      audit      prove that the books agree; show who changed what
      store      look whether the store is sound
      doctor     look at keys, providers, clock, store and limits, and say what to do;
                 --faults tries out what your callers get when providers fail
      health     ask the running gateway whether it is up
      simulate   run a stand-in provider, for trying things out without a key
      help       explain a command: patchbay help serve
      version    print the version

    First steps:
      patchbay serve                            listens on 127.0.0.1:8080; no file, no key needed
      OPENAI_API_KEY=sk-... patchbay serve      with a real provider

    Exit codes: 0 success, 1 the thing asked about is wrong, 2 wrong usage.

    """

  /// The help of one command.
  package var text: String {
    switch self {
    case .serve: HelpTopic.serveText
    case .check: HelpTopic.checkText
    case .route: HelpTopic.routeText
    case .routes: HelpTopic.routesText
    case .simulate: HelpTopic.simulateText
    case .doctor: HelpTopic.doctorText
    case .health: HelpTopic.healthText
    case .models: HelpTopic.modelsText
    case .keys: HelpTopic.keysText
    case .credits: HelpTopic.creditsText
    case .usage: HelpTopic.usageText
    case .audit: HelpTopic.auditText
    case .store: HelpTopic.storeText
    case .explain: HelpTopic.explainText
    case .help: "Usage: patchbay help [COMMAND]\n\nExplains a command. 'patchbay COMMAND --help' does the same.\n"
    case .version: "Usage: patchbay version\n\nPrints the version.\n"
    }
  }
}
