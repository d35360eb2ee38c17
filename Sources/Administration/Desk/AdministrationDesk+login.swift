import Core
import Ledger

extension AdministrationDesk {
  /// `POST /auth/keys/code`: whoever administers stands for the person who is logged in.
  func issueCode(_ request: AdministrationRequest) throws(GatewayError) -> AdministrationAnswer {
    let asked = try AuthorizationRequest(request.document())
    // A workspace that is not there is said now, to whoever can mend it.
    var draft = StoredKey(hash: KeyHash(""), role: .user, name: "", label: "", createdAt: request.now)
    asked.key.apply(to: &draft)
    _ = try resolve(workspace: draft.workspace)
    let code = codes.issue(asked.key, challenge: asked.challenge, method: asked.method, now: request.now)
    let application = KeyHash(asked.host).bytes.prefix(4).reduce(Int64(0)) { $0 << 8 | Int64($1) } & 0x7FFF_FFFF
    return AdministrationAnswer(
      KeyDocuments.authorizationCode(code, application: application, createdAt: request.now))
  }

  /// `POST /auth/keys`.
  func exchangeCode(_ request: AdministrationRequest) throws(GatewayError) -> AdministrationAnswer {
    let asked = try ExchangeRequest(request.document())
    // A code is used up whatever comes of it; a store that is known not to answer need not cost one.
    _ = try books { () throws(StoreError) in try store.revision() }
    let (key, secret) = try make(try taken(asked, now: request.now), request)
    return AdministrationAnswer(KeyDocuments.exchanged(secret, user: key.creator))
  }

  private func taken(_ asked: ExchangeRequest, now: Int64) throws(GatewayError) -> KeyRequest {
    do throws(AuthorizationCodes.Refusal) {
      return try codes.exchange(asked.code, verifier: asked.verifier, method: asked.method, now: now)
    } catch {
      switch error {
      case .unknown:
        throw .caller(
          .forbidden, "The code is not good: it was never given, has been used, or is older than ten minutes.")
      case .wrongVerifier:
        throw .caller(
          .forbidden, "The code's challenge needs its 'code_verifier', and this is not it. The code is used up.")
      case .wrongMethod:
        throw .field(
          "code_challenge_method", "'code_challenge_method' is not the one the code was given for. It is used up.")
      }
    }
  }
}
