/// What an attacker may add to a sequence, and so what is erased from it before a filter looks.
public enum ErasureMode: Sendable, Hashable {
    /// Units behind.
    case suffix
    /// At most so many blocks anywhere; at least 1.
    case insertion(blocks: Int)
    /// Single units anywhere.
    case infusion
}

/// The erased versions of a sequence, itself included: E_d(s) of erase-and-check.
///
/// A sequence made from another by an attack of the mode with at most `size` units (for insertions: in each block) has the
/// other among its erased versions. So a filter that flags the other flags one of them, whatever the attack.
///
/// - SeeAlso: Kumar et al. 2023, arXiv:2309.02705, sections 3 to 5.
public struct Erasures: Sendable, Hashable, CustomStringConvertible {
    /// What may have been added.
    public let mode: ErasureMode
    /// The most units that are erased, for insertions from each block (d); at least 0.
    public let size: Int

    /// Describes erasures.
    ///
    /// - Parameters:
    ///   - mode: with at least one block, if it has blocks.
    ///   - size: d, at least 0.
    public init(_ mode: ErasureMode, size: Int) {
        precondition(size >= 0, "\(size) units cannot be erased")
        if case .insertion(let blocks) = mode {
            precondition(blocks >= 1, "\(blocks) blocks cannot be erased")
        }
        (self.mode, self.size) = (mode, size)
    }

    /// Reads `suffix:20`, `insertion:12`, `insertion:4x2` (two blocks of at most four) or `infusion:3`.
    ///
    /// - Throws: `ErasureError`.
    public init(parsing text: String) throws {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let numbers = parts.count == 2 ? parts[1].split(separator: "x", omittingEmptySubsequences: false) : []
        let values = numbers.compactMap { $0.allSatisfy(\.isASCIIDigit) ? Int($0) : nil }
        let isBlocks = parts.first == "insertion" && values.count == 2
        guard parts.count == 2, values.count == numbers.count, values.count == 1 || isBlocks,
            values.allSatisfy({ $0 <= 1_000_000 }), !isBlocks || values[1] >= 1
        else { throw Self.unreadable(text) }
        switch parts[0] {
        case "suffix": self.init(.suffix, size: values[0])
        case "insertion": self.init(.insertion(blocks: isBlocks ? values[1] : 1), size: values[0])
        case "infusion": self.init(.infusion, size: values[0])
        default: throw Self.unreadable(text)
        }
    }

    private static func unreadable(_ text: String) -> ErasureError {
        ErasureError(
            "\"\(text)\" names no erasures. Write suffix:20, insertion:12, insertion:4x2 (two blocks) or infusion:3."
        )
    }

    /// As it is read.
    public var description: String {
        switch mode {
        case .suffix: "suffix:\(size)"
        case .insertion(let blocks): blocks == 1 ? "insertion:\(size)" : "insertion:\(size)x\(blocks)"
        case .infusion: "infusion:\(size)"
        }
    }

    /// How many choices of erased places a sequence has, the empty one included.
    ///
    /// - Parameter units: length of the sequence (n), at least 0.
    /// - Returns: the number, or `Int.max` where it is larger: a budget refuses both.
    public func count(units: Int) -> Int {
        precondition(units >= 0, "a sequence of \(units) units")
        let most = min(size, units)
        switch mode {
        case .suffix: return 1 + most
        case .insertion(blocks: 1):
            // Σ_{l = 1}^{most} (units − l + 1); one of the factors of each product is even.
            let (product, overflows) = most.multipliedReportingOverflow(by: 2 * units - most + 1)
            return overflows ? .max : 1 + product / 2
        case .insertion(let blocks): return blockCount(units: units, blocks: blocks)
        case .infusion:
            var (sum, choices) = (UInt(1), UInt(1))
            for erased in 1..<(most + 1) {
                let product = choices.multipliedFullWidth(by: UInt(units - erased + 1))
                guard product.high < UInt(erased) else { return .max }
                choices = UInt(erased).dividingFullWidth(product).quotient
                guard choices <= UInt(Int.max) - sum else { return .max }
                sum += choices
            }
            return Int(sum)
        }
    }

    /// How many sets of places are covered by blocks of at most `size`.
    ///
    /// A run of erased places is cut into blocks from its front, so that each set is counted once.
    private func blockCount(units: Int, blocks: Int) -> Int {
        let (longest, most) = (min(size, units), min(blocks, units))
        guard longest > 0 else { return 1 }
        // At [b][o]: sets so far of b blocks whose last o places belong to block b; o = 0 behind a place that is kept.
        let none = [[Int]](repeating: [Int](repeating: 0, count: longest + 1), count: most + 1)
        var ways = none
        ways[0][0] = 1
        var total = 1
        for unit in 0..<units {
            var next = none
            for used in 0...min(most, unit) {
                for place in 0...min(longest, unit) where ways[used][place] > 0 {
                    let number = ways[used][place]
                    next[used][0] = Self.sum(next[used][0], number)
                    if place > 0 && place < longest {
                        next[used][place + 1] = Self.sum(next[used][place + 1], number)
                    } else if used < most {
                        next[used + 1][1] = Self.sum(next[used + 1][1], number)
                    }
                }
            }
            ways = next
            // Sets of a beginning are sets of the whole, so that the count only grows.
            total = ways[...min(most, unit + 1)].reduce(0) {
                $1[...min(longest, unit + 1)].reduce($0, Self.sum)
            }
            if total == .max { return .max }
        }
        return total
    }

    private static func sum(_ a: Int, _ b: Int) -> Int {
        let (sum, overflows) = a.addingReportingOverflow(b)
        return overflows ? .max : sum
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { isASCII && isWholeNumber }
}
