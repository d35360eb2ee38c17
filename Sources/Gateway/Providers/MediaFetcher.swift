import Configuration
import Core
import EventLoop
import Translation
import Upstream

/// What was fetched for one request.
package struct FetchedMedia {
  /// The content behind each URL: always `MediaSource.data`.
  package let sources: [String: MediaSource]
  /// Room in memory for it, held until the value is let go.
  let rooms: [BodyRoom]

  /// What was fetched before and what has been now.
  func adding(_ more: FetchedMedia) -> FetchedMedia {
    FetchedMedia(sources: sources.merging(more.sources) { $1 }, rooms: rooms + more.rooms)
  }
}

/// Fetches pictures and documents that requests give as URLs, for providers that want the bytes. Sends nothing of a caller
/// or a provider along, goes to allowed hosts and to addresses within `FetchTarget.addresses` only, and follows redirects
/// itself, each judged anew. One per loop, and used there only.
package final class MediaFetcher {
  /// Most URLs of one request.
  package static let mostURLs = 16

  let loop: EventLoop
  let transport: any UpstreamTransport
  let pressure: Pressure

  /// A fetcher that keeps nothing between two requests.
  package init(_ loop: EventLoop, transport: any UpstreamTransport, pressure: Pressure) {
    self.loop = loop
    self.transport = transport
    self.pressure = pressure
  }

  /// Fetches all of `urls`, at the same time and under one time limit. `completion` is called once: before this method
  /// returns, which is nil then, or later on the loop, unless what is returned is cancelled. One that cannot be fetched fails
  /// all: the error is the caller's, and names no more of the URL than its host.
  package func fetch(
    _ urls: [String], _ rule: FetchRule, _ completion: @escaping (Result<FetchedMedia, GatewayError>) -> Void
  ) -> (any Cancellable)? {
    do throws(FetchRefusal) {
      var targets: [String: FetchTarget] = [:]
      for url in urls where targets[url] == nil {
        if targets.count == MediaFetcher.mostURLs { throw .tooMany(MediaFetcher.mostURLs) }
        targets[url] = try rule.target(url)
      }
      if targets.isEmpty {
        completion(.success(FetchedMedia(sources: [:], rooms: [])))
        return nil
      }
      return MediaJob(self, rule, targets, completion)
    } catch {
      completion(.failure(MediaFetcher.error(error)))
      return nil
    }
  }

  static func error(_ refusal: FetchRefusal) -> GatewayError { refusal.error(setting: PrivacySettings.fetchHostsKey) }
}
