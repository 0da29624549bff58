import Tensors

/// A sound file as accidents and strangers change it: bits and bytes changed, put in, taken out, parts cut.
public struct ChangedFiles {
    private let sounds: [[UInt8]]
    private let pieces: [UInt8]
    private let words: [[UInt8]]
    private var random: RandomStream

    /// Changes of a file.
    ///
    /// - Parameters:
    ///   - sound: its bytes, not empty.
    ///   - pieces: bytes that mean something in it, such as brackets; its own without them.
    ///   - seed: of the changes.
    public init(_ sound: [UInt8], pieces: String = "", seed: UInt64) {
        (sounds, words) = ([sound], [])
        self.pieces = pieces.isEmpty ? sound : Array(pieces.utf8)
        random = RandomStream(seed: seed, for: .testing)
    }

    /// Changes of one of several files.
    ///
    /// - Parameters:
    ///   - sounds: their bytes, none empty.
    ///   - words: what means something in them, put in whole.
    ///   - seed: of the changes.
    ///   - index: which of the streams of the seed, so that each change can be made again alone.
    public init(anyOf sounds: [[UInt8]], words: [String], seed: UInt64, index: UInt32) {
        (self.sounds, pieces) = (sounds, words.flatMap { Array($0.utf8) })
        self.words = words.map { Array($0.utf8) }
        random = RandomStream(seed: seed, for: .testing, index: index)
    }

    /// A file with one to five changes.
    public mutating func next() -> [UInt8] {
        var bytes = sounds[sounds.count > 1 ? random.nextInteger(below: sounds.count) : 0]
        for _ in 0...random.nextInteger(below: 4) where !bytes.isEmpty {
            let at = random.nextInteger(below: bytes.count)
            let piece = pieces[random.nextInteger(below: pieces.count)]
            switch random.nextInteger(below: words.isEmpty ? 6 : 9) {
            case 0: bytes[at] = UInt8(random.nextInteger(below: 256))
            case 1: bytes[at] ^= 1 << UInt8(random.nextInteger(below: 8))
            case 2: bytes[at] = piece
            case 3: bytes.insert(piece, at: at)
            case 4: bytes.remove(at: at)
            case 6: bytes.insert(contentsOf: words[random.nextInteger(below: words.count)], at: at)
            case 7:
                let word = words[random.nextInteger(below: words.count)]
                bytes.replaceSubrange(at..<min(bytes.count, at + word.count), with: word)
            case 8:
                // A part of a file behind another place of it.
                let other = sounds[random.nextInteger(below: sounds.count)]
                let start = random.nextInteger(below: other.count)
                bytes.insert(
                    contentsOf: other[start..<min(other.count, start + random.nextInteger(below: 200))],
                    at: at)
            default: bytes.removeSubrange(at..<min(bytes.count, at + random.nextInteger(below: 40)))
            }
        }
        return bytes
    }

    /// How many changed files a reader takes; it must not crash on the others, and refuses them by an error.
    ///
    /// - Parameters:
    ///   - executions: how many files.
    ///   - read: reads one, and looks at what it read.
    /// - Returns: the number that were read.
    public mutating func accepted(of executions: Int, by read: ([UInt8]) throws -> Void) -> Int {
        (0..<executions).count { _ in
            let bytes = next()
            do { try read(bytes) } catch { return false }
            return true
        }
    }
}
