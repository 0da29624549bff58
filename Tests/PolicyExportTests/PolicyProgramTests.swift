import Algorithms
import SafeRL
import Testing

/// A program does what its policy does.
@Suite struct PolicyProgramTests {
    @Test(arguments: ExportedPolicy.allCases) func aProgramActsAsItsPolicy(_ exported: ExportedPolicy) throws
    {
        var (policy, program) = try exported.make()
        var largest = 0.0
        for trial in 0..<100 {
            var rows = RandomStream(seed: UInt64(trial), for: .testing)
            let row = (0..<program.observationSize).map { _ in 2 * rows.nextNormal() }
            var stream = RandomStream(seed: UInt64(trial), for: .action), own = stream
            let action = try policy.action(on: row, using: &stream)
            let noise = program.noise(using: &own)
            #expect(own == stream, "other numbers were drawn")
            largest = max(
                largest,
                program.distance(
                    to: action.map(Double.init), on: row.map(Double.init), noise: noise.map(Double.init)))
        }
        #expect(largest < 1e-5)
    }

    /// Only an order that asks for a candidate other than the first shows that the critics are asked.
    @Test func theCriticsChoose() throws {
        let program = try ExportedPolicy.fisor.make().program
        let first = try ExportedPolicy.first.make().program
        let differing = program.trials(50).count { trial in
            let (s, z) = (trial.observation.map(Double.init), trial.noise.map(Double.init))
            return program.action(on: s, noise: z) != first.action(on: s, noise: z)
        }
        #expect(differing > 10)
    }

    @Test func aPolicyThatDrawsIsRefused() throws {
        var c = SACLagrangian.Configuration()
        c.draws = true
        let checkpoint = try CheckpointReader(of: CheckpointWriter())
        #expect(throws: UnexportablePolicy.self) { try SACLagrangian.program(c, from: checkpoint) }
    }

    @Test func anAlgorithmWithoutAFormIsRefused() throws {
        let checkpoint = try CheckpointReader(of: CheckpointWriter())
        #expect(throws: UnexportablePolicy.self) { try CDT.program(CDT.Configuration(), from: checkpoint) }
    }
}
