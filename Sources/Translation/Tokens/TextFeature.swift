/// What is counted in a text. The order is that of the weights; `Scripts/tokens/shape.py` has the same.
package enum TextFeature: Int, CaseIterable, Sendable {
  /// Runs of Latin letters after a space or at a line's start, and others: `fooBar` has one of each.
  case words, gluedWords
  /// Glued ones of one or two letters: small, and with a capital. Random letters are made of them.
  case shortGlued, shortCapitals
  /// Words all in capitals, and their letters.
  case capitalWords, capitalLetters
  /// Letters of a word beyond so many.
  case lettersOver4, lettersOver8, lettersOver12
  /// Latin letters above ASCII, those above U+00FF, and those of Scandinavia.
  case accents, farAccents, northernAccents
  /// Words that end in a vowel other than e: rare in English.
  case vowelEnds
  /// Words, and letters beyond their fourth, for which the text has too few of English's frequent words. Computed last.
  case foreignWords, foreignOver4
  /// Runs of digits, and groups of up to three.
  case digitRuns, digitGroups
  /// Runs of ASCII marks.
  case markRuns
  case lines
  /// Runs of two spaces or more, and their spaces.
  case spaceRuns, spaces
  /// Letters that Russian, or Arabic, does not have.
  case rareCyrillic, rareArabic
  case digits, marks, controls, typography, fullWidth, symbols, emoji, joiners
  case cyrillicWords, cyrillicLetters, greekWords, greekLetters, arabicWords, arabicLetters, hebrewWords, hebrewLetters
  case devanagariWords, devanagariLetters, bengaliWords, bengaliLetters, gujaratiWords, gujaratiLetters
  case tamilWords, tamilLetters, teluguWords, teluguLetters, malayalamWords, malayalamLetters
  case thaiWords, thaiLetters, georgianWords, georgianLetters, armenianWords, armenianLetters
  case hangulWords, hangulLetters, kanaWords, kanaLetters, hanWords, hanLetters, otherScriptWords, otherScriptLetters
}
