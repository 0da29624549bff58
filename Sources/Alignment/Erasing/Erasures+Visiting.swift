extension Erasures {
    /// Calls a body with the sequence and then with each of its erased versions, until the body says true.
    ///
    /// A version comes as often as there are choices of places that leave it; `CertifiedFilter` looks at each once.
    ///
    /// - Returns: whether the body said true.
    @discardableResult
    public func visit<Symbol>(_ sequence: [Symbol], _ body: ([Symbol]) throws -> Bool) rethrows -> Bool {
        if try body(sequence) { return true }
        let most = min(size, sequence.count)
        guard most > 0 else { return false }
        switch mode {
        case .suffix:
            for erased in 1...most where try body(Array(sequence.dropLast(erased))) { return true }
            return false
        case .insertion(blocks: 1):
            for erased in 1...most {
                for place in 0...(sequence.count - erased)
                where try body(Array(sequence[..<place] + sequence[(place + erased)...])) { return true }
            }
            return false
        case .insertion(let blocks):
            var kept: [Symbol] = []
            return try visitBlocks(sequence, from: 0, left: blocks, run: 0, &kept, body)
        case .infusion:
            for erased in 1...most where try visitSubsets(sequence, erased: erased, body) { return true }
            return false
        }
    }

    /// Goes on from a place: `left` blocks may still begin, and the last `run` places were erased with the last block.
    private func visitBlocks<Symbol>(
        _ sequence: [Symbol], from place: Int, left: Int, run: Int, _ kept: inout [Symbol],
        _ body: ([Symbol]) throws -> Bool
    ) rethrows -> Bool {
        guard place < sequence.count else {
            return kept.count < sequence.count ? try body(kept) : false
        }
        kept.append(sequence[place])
        if try visitBlocks(sequence, from: place + 1, left: left, run: 0, &kept, body) { return true }
        kept.removeLast()
        if run > 0 && run < size {
            return try visitBlocks(sequence, from: place + 1, left: left, run: run + 1, &kept, body)
        }
        guard left > 0 else { return false }
        return try visitBlocks(sequence, from: place + 1, left: left - 1, run: 1, &kept, body)
    }

    /// Every choice of so many places, in lexicographic order.
    private func visitSubsets<Symbol>(
        _ sequence: [Symbol], erased: Int, _ body: ([Symbol]) throws -> Bool
    ) rethrows -> Bool {
        var places = Array(0..<erased)
        while true {
            var (kept, next) = ([Symbol](), 0)
            kept.reserveCapacity(sequence.count - erased)
            for (place, symbol) in sequence.enumerated() {
                if next < erased && places[next] == place { next += 1 } else { kept.append(symbol) }
            }
            if try body(kept) { return true }
            guard let moved = places.indices.last(where: { places[$0] < sequence.count - erased + $0 }) else {
                return false
            }
            places[moved] += 1
            for later in places.indices.dropFirst(moved + 1) { places[later] = places[later - 1] + 1 }
        }
    }

    /// Some of the erased versions without the sequence itself, drawn without replacement from all choices of places.
    ///
    /// - Parameters:
    ///   - sequence: whose count of choices does not saturate.
    ///   - number: at most one less than that count.
    ///   - random: draws.
    /// - Returns: in the order of `visit`.
    public func sample<Symbol>(
        _ sequence: [Symbol], number: Int, using random: inout some RandomNumberGenerator
    ) -> [[Symbol]] {
        var left = count(units: sequence.count) - 1
        precondition(left < Int.max - 1 && 0...left ~= number, "\(number) of \(left) erased versions")
        var (missing, isFirst) = (number, true)
        var drawn: [[Symbol]] = []
        // Each is taken with the share of those missing among those left, so that all sets are equally likely.
        visit(sequence) { version in
            if isFirst {
                isFirst = false
                return missing == 0
            }
            if Int.random(in: 0..<left, using: &random) < missing {
                drawn.append(version)
                missing -= 1
            }
            left -= 1
            return missing == 0
        }
        return drawn
    }
}
