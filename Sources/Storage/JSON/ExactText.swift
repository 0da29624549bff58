/// Text that equals only what has the same bytes.
///
/// `String` compares and hashes by canonical equivalence, so that a precomposed letter and its decomposition are one
/// key of a dictionary; in a file they are two.
package struct ExactText: Hashable, Sendable {
    /// The text.
    package let text: String

    /// Wraps text.
    package init(_ text: String) { self.text = text }

    /// Compares bytes.
    package static func == (a: Self, b: Self) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

    /// Hashes bytes.
    package func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
