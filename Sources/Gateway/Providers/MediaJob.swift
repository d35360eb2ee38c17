import Core
import EventLoop
import Translation
import Upstream

/// The fetches of one request, under one time limit and one limit of size.
final class MediaJob: Cancellable {
  /// What may be fetched, and how much.
  let rule: FetchRule
  /// Who makes the calls.
  let fetcher: MediaFetcher
  private var completion: ((Result<FetchedMedia, GatewayError>) -> Void)?
  private var timer: LoopTimer?
  private var transfers: [MediaTransfer] = []
  private var sources: [String: MediaSource] = [:]
  private var rooms: [BodyRoom] = []
  private var count = 0
  /// Keeps the job alive until it has ended.
  private var me: MediaJob?

  /// Starts all fetches.
  init(
    _ fetcher: MediaFetcher, _ rule: FetchRule, _ targets: [String: FetchTarget],
    _ completion: @escaping (Result<FetchedMedia, GatewayError>) -> Void
  ) {
    self.fetcher = fetcher
    self.rule = rule
    self.completion = completion
    me = self
    let milliseconds = rule.milliseconds
    timer = LoopTimer(fetcher.loop) { [weak self] in self?.refuse(.timedOut(milliseconds)) }
    timer?.arm(milliseconds: milliseconds)
    transfers = targets.map { MediaTransfer(self, url: $0.key, target: $0.value) }
    for transfer in transfers { transfer.start() }
  }

  /// Ends all fetches; the completion is not called.
  func cancel() {
    completion = nil
    end()
  }

  /// Takes room for content of `length` bytes, or for as much as is allowed when that is not known. False when the job has
  /// failed over it.
  func announce(_ length: Int?) -> Bool {
    do throws(FetchRefusal) { try rule.check(bytes: count + (length ?? 0)) } catch {
      refuse(error)
      return false
    }
    do throws(GatewayError) {
      if let room = try fetcher.pressure.room(length ?? rule.maxBytes - count) { rooms.append(room) }
      return true
    } catch {
      fail(error)
      return false
    }
  }

  /// So many bytes of content have come. False when they are too many.
  func add(_ bytes: Int) -> Bool {
    count += bytes
    do throws(FetchRefusal) { try rule.check(bytes: count) } catch {
      refuse(error)
      return false
    }
    return true
  }

  /// The content of one URL is there.
  func finished(_ url: String, _ source: MediaSource) {
    sources[url] = source
    guard sources.count == transfers.count, let completion else { return }
    self.completion = nil
    let media = FetchedMedia(sources: sources, rooms: rooms)
    end()
    completion(.success(media))
  }

  /// One URL cannot be fetched: none is.
  func refuse(_ refusal: FetchRefusal) { fail(MediaFetcher.error(refusal)) }

  private func fail(_ error: GatewayError) {
    guard let completion else { return }
    self.completion = nil
    end()
    completion(.failure(error))
  }

  private func end() {
    timer?.invalidate()
    let running = transfers
    transfers = []
    rooms = []
    for transfer in running { transfer.cancel() }
    me = nil
  }
}
