import Catalog
import Configuration
import Core
import Planning
import Translation

/// The room behind authenticate: what a body asks for, laid over the preset it names. A class, since it is large and handed
/// from room to room.
package final class ReadRequest {
  /// What the rooms must know of the body.
  package let request: OpenAIRequest
  /// The preset it names; nil when it names none.
  package let preset: PresetSettings?
  /// Its name.
  let presetName: String?

  /// Reads a body. Where it names one of `presets`, `body` is replaced by the merged request. Throws a 400
  /// that names the field.
  package init(_ operation: OpenAIOperation, _ body: ByteBuffer, _ presets: [PresetSettings]) throws(GatewayError) {
    let request = try OpenAIRequest(operation, body: body.bytes)
    guard let reference = try PresetReference.find(model: request.model, preset: request.preset) else {
      self.request = request
      preset = nil
      presetName = nil
      return
    }
    let preset = try reference.settings(presets)
    let merged = ByteBuffer(capacity: body.count + 256)
    try PresetMerge.apply(preset, reference, to: body.bytes, into: merged)
    body.clear()
    body.append(merged.bytes)
    self.request = try OpenAIRequest(operation, body: body.bytes)
    self.preset = preset
    presetName = reference.slug
  }

  /// The provider preferences under the request's own: the preset's over the configuration's.
  package func defaults(_ configuration: Configuration) -> PreferenceMembers {
    let general = configuration.routing.preferences
    return preset.map { $0.preferences.over(general) } ?? general
  }
}
