import Tensors
import Testing
import Verification

/// Searches do not depend on threads, and end where their limits say.
@Suite struct SearchTests {
    private static func record(threads: Int, semantics: Semantics) throws -> [String] {
        let before = BLAS.threads
        BLAS.threads = threads
        defer { BLAS.threads = before }
        var random = RandomNetwork(seed: 5)
        return try (0..<12).map { _ in
            let network = VerifiableNetwork(random.nodes())
            let box = random.box(network.inputs)
            let centre = network.outputs(at: box.map { ($0.low + $0.high) / 2 })
            let objective = centre.indices.map { $0 == 0 ? 1 : 0 }
            let property = try VerificationProperty(
                json: """
                    {"property":{"kind":"range","objective":\(objective),"atMost":\(centre[0] + 0.5)},
                     "input":{"low":\(box.map(\.low)),"high":\(box.map(\.high))}}
                    """, semantics: semantics)
            let result = try Verifier(limits: SearchLimits(boxes: 3000)).verify(property, of: network)
            let certificate = VerificationCertificate(result, property, of: network)
            return certificate.text
        }
    }

    @Test(arguments: Semantics.allCases) func verdictsAndTreesDoNotDependOnThreads(_ semantics: Semantics)
        throws
    {
        let one = try Self.record(threads: 1, semantics: semantics)
        #expect(one == (try Self.record(threads: 2, semantics: semantics)))
        #expect(one == (try Self.record(threads: 3, semantics: semantics)))
    }

    @Test func aSearchWithoutBoxesToSpendIsUnknown() throws {
        var random = RandomNetwork(seed: 8)
        for _ in 0..<20 {
            let network = VerifiableNetwork(random.nodes(functions: [.tanh]))
            let box = (0..<network.inputs).map { _ in ClosedInterval(-1, 1) }
            let range = Verifier(limits: SearchLimits(boxes: 2000)).range(
                of: (0..<network.outputs).map { $0 == 0 ? 1 : 0 }, network, over: box, .real, tolerance: 1e-3)
            // A limit between what is attained and what one box can show.
            let property = VerificationProperty(
                .range(
                    objective: (0..<network.outputs).map { $0 == 0 ? 1 : 0 }, atLeast: nil,
                    atMost: range.outer.high + 1e-9), box: box, semantics: .real, json: .null)
            let verdict = try Verifier(limits: SearchLimits(boxes: 1)).verify(property, of: network).verdict
            #expect(verdict != "violated")
        }
    }
}
