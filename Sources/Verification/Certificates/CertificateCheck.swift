import Storage

extension VerificationCertificate {
    /// Checks the certificate without a search: hashes, that leaves are a partition of the boxes, and each leaf anew; of a
    /// counter-example that it is one.
    ///
    /// - Parameters:
    ///   - path: where it was read; its leaves lie beside it.
    ///   - property: what it should be about.
    ///   - network: of which.
    /// - Throws: `StorageError`; `VerificationError` for the first thing that is not as it says.
    public func check(
        _ path: String, _ property: VerificationProperty, of network: VerifiableNetwork
    ) throws {
        let fault = FaultPlace(path)
        try checkSubject(path, network.digest, property.digest, property.semantics)
        try property.check(network)
        switch verdict {
        case "holds": try checkLeaves(path, property, network)
        case "violated": try checkCounterExample(fault, property, network)
        default: throw fault("its verdict is unknown: there is nothing to check.")
        }
    }

    /// Sees that the certificate is about a network and a property.
    func checkSubject(_ path: String, _ network: String, _ property: String, _ semantics: Semantics)
        throws(VerificationError)
    {
        let fault = FaultPlace(path)
        guard self.network == network else {
            throw fault(
                "it is about another network (SHA-256 \(self.network.prefix(12))). Verify this one anew.")
        }
        guard self.property == property, self.semantics == semantics else {
            throw fault(
                "it is about another property (SHA-256 \(self.property.prefix(12))). Verify this one anew.")
        }
    }

    /// The file of leaves, if it is the one that the certificate names.
    @discardableResult
    func checkLeafDigest(_ path: String) throws -> [UInt8] {
        let bytes = try fileContents(path + ".leaves", limit: 1 << 32)
        guard SHA256.hexadecimal(of: bytes) == leafDigest else {
            throw FaultPlace(path + ".leaves")(
                "not the leaves that the certificate names: they were changed. Verify anew.")
        }
        return bytes
    }

    /// The leaves of each box, of which it is seen that they are a partition.
    func readLeaves(_ path: String, _ boxes: [[ClosedInterval]]) throws -> [[Double]] {
        let fault = FaultPlace(path + ".leaves")
        let bytes = try checkLeafDigest(path)
        let inputs = boxes.first?.count ?? 1
        let size = 16 * inputs + 1
        guard bytes.count == parts.reduce(0, +) * size, parts.count == boxes.count else {
            throw fault(
                "\(bytes.count) bytes are not the \(parts.reduce(0, +)) leaves that the certificate counts.")
        }
        var (at, all) = (0, [[Double]]())
        for (box, count) in zip(boxes, parts) {
            let leaves = try Self.leaves(bytes[at..<at + count * size], inputs, fault)
            at += count * size
            switch Partition(inputs: inputs, parts: leaves).fault(in: box) {
            case .gap: throw fault("the leaves leave a gap. Verify anew.")
            case .overlap: throw fault("leaves overlap or reach beyond the box. Verify anew.")
            case nil: all.append(leaves)
            }
        }
        return all
    }

    private func checkLeaves(
        _ path: String, _ property: VerificationProperty, _ network: VerifiableNetwork
    ) throws {
        let questions = property.questions(of: network)
        let bounds = ParallelBounds(try Verifier.judged(property, network), semantics)
        for (question, leaves) in zip(questions, try readLeaves(path, questions.map(\.box))) {
            try prove(leaves, path, size: 2 * question.box.count) { boxes in
                bounds.map(boxes.count) { space, index in space.judge(boxes[index], question).isProved }
            }
        }
    }

    /// Leaves from bytes: lower and upper ends of each.
    private static func leaves(_ bytes: ArraySlice<UInt8>, _ inputs: Int, _ fault: FaultPlace)
        throws(VerificationError) -> [Double]
    {
        let size = 16 * inputs + 1
        var leaves: [Double] = []
        for start in stride(from: bytes.startIndex, to: bytes.endIndex, by: size) {
            func number(_ place: Int) -> Double {
                Double(
                    bitPattern: (0..<8).reduce(UInt64(0)) {
                        $0 | UInt64(bytes[start + 8 * place + $1]) << UInt64(8 * $1)
                    })
            }
            guard bytes[start + size - 1] == 0 else {
                throw fault(
                    "a leaf of a method that this version does not know. Check it with the saferl that made it."
                )
            }
            let ends = (0..<2 * inputs).map(number)
            guard ends.allSatisfy(\.isFinite) else { throw fault("a leaf has an end that is not finite.") }
            for side in 0..<2 { for k in 0..<inputs { leaves.append(ends[2 * k + side]) } }
        }
        return leaves
    }

    /// Proves leaves anew, some at a time.
    func prove(_ leaves: [Double], _ path: String, size: Int, by judge: ([[Double]]) -> [Bool])
        throws(VerificationError)
    {
        let count = leaves.count / max(size, 1)
        for start in stride(from: 0, to: count, by: 1024) {
            let boxes = (start..<min(start + 1024, count)).map { Array(leaves[$0 * size..<($0 + 1) * size]) }
            if let index = judge(boxes).firstIndex(of: false) {
                throw FaultPlace(path + ".leaves")("leaf \(start + index) is not proved. Verify anew.")
            }
        }
    }

    private func checkCounterExample(
        _ fault: FaultPlace, _ property: VerificationProperty, _ network: VerifiableNetwork
    ) throws(VerificationError) {
        let wrong = fault("its input is no counter-example. Verify anew.")
        guard let input, input.count == network.inputs, input.allSatisfy(\.isFinite) else { throw wrong }
        let space = BoxBounds(network, semantics)
        if case .monotone(let output, let axis) = property.kind {
            var row = [Double](repeating: 0, count: network.outputs)
            row[output] = 1
            let rows = [OutputConstraint(row, plus: 0)]
            guard let other, other.count == input.count, other[axis] > input[axis],
                input.indices.allSatisfy({ $0 == axis || input[$0] == other[$0] }),
                [input, other].allSatisfy({ zip(property.box, $0).allSatisfy { $0.contains($1) } }),
                space.values(of: rows, at: other)[0].high < space.values(of: rows, at: input)[0].low
            else { throw wrong }
            return
        }
        let isOne = property.questions(of: network).contains { question in
            zip(question.box, input).allSatisfy { $0.contains($1) }
                && question.unsafe.contains { set in
                    zip(set, space.values(of: set, at: input)).allSatisfy { $0.isMet(by: $1.high) }
                }
        }
        guard isOne else { throw wrong }
    }
}
