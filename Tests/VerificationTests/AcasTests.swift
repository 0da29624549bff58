import Foundation
import Testing
import Verification

/// Files of ACAS Xu are read as what they are, and quick instances have their verdicts.
@Suite(.enabled(if: Acas.folder != nil, "SAFERL_SHARED names no recorded networks")) struct AcasTests {
    private struct Forward: Decodable {
        let network: String
        let input, output: [Double]
    }

    private struct Violation: Decodable {
        let property: Int
        let network: String
        let input: [Double]
    }

    @Test func outputsAreTheRecordedOnes() throws {
        for entry in try Acas.decode([Forward].self, "forward.json") {
            let outputs = try Acas.network(entry.network).outputs(at: entry.input)
            for (value, expected) in zip(outputs, entry.output) { #expect(abs(value - expected) < 1e-12) }
        }
    }

    @Test func nnetFilesHoldTheSameNetworks() throws {
        for name in ["1_1", "4_2"] {
            let folder = try #require(Acas.folder)
            let text = try VerifiableNetwork(nnet: "\(folder)/nnet/ACASXU_run2a_\(name)_batch_2000.nnet")
            let binary = try Acas.network(name)
            let point = [0.6, 0.01, -0.2, 0.4, -0.4]
            for (a, b) in zip(text.outputs(at: point), binary.outputs(at: point)) {
                #expect(abs(a - b) < 1e-5)
            }
        }
    }

    @Test func recordedViolationsAreConfirmed() throws {
        for entry in try Acas.decode([Violation].self, "counterexamples.json") {
            let property = try Acas.property(entry.property)
            let network = try Acas.network(entry.network)
            // A box of one point: what remains of the property is whether the point is unsafe.
            let point = entry.input.map { ClosedInterval($0, $0) }
            let questions = property.given.map { SafetyQuestion(point, unsafe: $0.unsafe) }
            let here = VerificationProperty(
                .holds, box: point, semantics: .real, given: questions, json: property.json)
            #expect(try Verifier().verify(here, of: network).verdict == "violated", "\(entry.network)")
        }
    }

    @Test(arguments: [
        ("1_1", 1, "holds"), ("2_5", 3, "holds"), ("4_4", 3, "holds"), ("3_6", 3, "holds"),
        ("3_7", 4, "holds"),
        ("1_7", 3, "violated"), ("1_9", 4, "violated"), ("2_2", 2, "violated"),
    ]) func quickInstancesHaveTheirVerdicts(_ name: String, _ number: Int, _ verdict: String) throws {
        #expect(
            try Verifier().verify(try Acas.property(number), of: try Acas.network(name)).verdict == verdict)
    }
}
