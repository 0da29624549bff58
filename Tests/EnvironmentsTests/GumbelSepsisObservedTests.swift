import Environments
import SafeRL
import Testing

/// The sepsis simulator with diabetes in the observation.
@Suite struct GumbelSepsisObservedTests {
    @Test func everyPromiseOfAnEnvironmentIsKept() {
        let check = EnvironmentCheck(GumbelSepsisObserved.self)
        #expect(check.isPassed, "\(check.table)")
    }

    @Test func observationsTellAllPatientsApart() {
        for number in 0..<GumbelSepsis.Patient.count {
            let observation = GumbelSepsisObserved.observation(inState: number)
            #expect(Array(observation.dropLast()) == GumbelSepsis.observation(inState: number))
            #expect(GumbelSepsisObserved.number(ofObservation: observation) == number)
        }
        let observation = GumbelSepsis.observation(inState: 3)
        #expect(GumbelSepsisObserved.number(ofObservation: observation) == nil)
        #expect(GumbelSepsisObserved.number(ofObservation: observation + [0]) == nil)
        #expect(GumbelSepsisObserved.number(ofObservation: [3] + observation.dropFirst() + [1]) == nil)
    }

    @Test func theSameSeedRecordsTheSamePatientsWithOneNumberMore() throws {
        let seen = try GumbelSepsis.collect(.episodes(30), behaviour: "clinician", seed: 4)
        let all = try GumbelSepsisObserved.collect(.episodes(30), behaviour: "clinician", seed: 4)
        let (a, b) = (try TransitionDataset(seen), try TransitionDataset(all))
        #expect(Array(a.rewards) == Array(b.rewards) && Array(a.actions) == Array(b.actions))
        let rows = (0..<b.count).map { row in (0..<8).map { b.observations[8 * row + $0] } }
        #expect(Array(a.observations) == rows.flatMap { $0.dropLast() })
        #expect(Set(rows.map { $0[7] }) == [-1, 1])
    }

    @Test func aClinicianIsWorthTheSameThere() throws {
        let table = try #require(try GumbelSepsisObserved.behaviourTable(named: "clinician"))
        let exact = try ExactEvaluation(of: table, in: GumbelSepsisObserved.self)
        #expect(exact == (try ExactEvaluation(of: table, in: GumbelSepsis.self)))
        #expect(try GumbelSepsisObserved.behaviourTable(named: "nobody") == nil)
    }
}
