import Environments
import SafeRL
import Tensors
import Testing

/// Which values columns of observations take, which look-ahead and others rely on: those of the states, no more and no fewer.
@Suite struct ObservationValuesTests {
    /// What random actions show: the values of each column, and how many observations.
    private func shown<Task: Environment>(_ type: Task.Type, episodes: Int) throws -> (
        values: [Int: Set<Float>], count: Int
    ) {
        var task = type.init()
        var observation = [Float](repeating: .nan, count: task.observationSpace.size)
        var (values, count): ([Int: Set<Float>], Int) = ([:], 0)
        func look() {
            for (column, value) in observation.enumerated() { values[column, default: []].insert(value) }
            count += 1
        }
        for episode in 0..<episodes {
            var stream = RandomStream(seed: 4, for: .testing, index: UInt32(episode))
            do {
                var span = observation.mutableSpan
                try task.reset(seed: UInt64(episode), observation: &span)
            }
            look()
            for _ in 0..<task.timeLimit {
                let action = (0..<task.actionSpace.size).map { _ in stream.nextUniform(in: -1..<1) }
                let outcome: StepOutcome
                do {
                    var span = observation.mutableSpan
                    outcome = try task.step(action.span, observation: &span)
                }
                look()
                if outcome.end != nil { break }
            }
        }
        return (values, count)
    }

    /// Nothing is shown that is not listed, and in columns that matter all that is listed is shown.
    private func expectListed<Task: Environment>(
        _ type: Task.Type, episodes: Int, exactly columns: Range<Int>
    ) throws {
        let listed = type.observationValues
        let (values, count) = try shown(type, episodes: episodes)
        #expect(Set(listed.keys) == Set(values.keys), "\(type.name)")
        for (column, own) in values {
            #expect(own.subtracting(listed[column] ?? []).isEmpty, "\(type.name), column \(column)")
            if columns.contains(column) {
                #expect(own.sorted() == listed[column], "\(type.name), column \(column) of \(count)")
            }
        }
    }

    @Test func theSepsisSimulatorsListEachSign() throws {
        try expectListed(GumbelSepsis.self, episodes: 400, exactly: 0..<7)
        try expectListed(GumbelSepsisObserved.self, episodes: 400, exactly: 0..<8)
        // Three levels of heart rate and pressure, two of oxygen, five of glucose, and what is on.
        #expect(
            GumbelSepsis.observationValues == [
                0: [-1, 0, 1], 1: [-1, 0, 1], 2: [-1, 1], 3: [-1, -0.5, 0, 0.5, 1], 4: [-1, 1], 5: [-1, 1],
                6: [-1, 1],
            ])
        #expect(GumbelSepsisObserved.observationValues[7] == [-1, 1])
    }

    @Test func everyPatientShowsWhatIsListed() throws {
        var found: [Int: Set<Float>] = [:]
        for state in 0..<(try GumbelSepsis.model().states) {
            for (column, value) in GumbelSepsis.observation(inState: state).enumerated() {
                found[column, default: []].insert(value)
            }
        }
        #expect(found.mapValues { $0.sorted() } == GumbelSepsis.observationValues)
    }

    @Test func tokensAreListedForEachPlace() throws {
        try expectListed(HazardTokens.self, episodes: 6000, exactly: 0..<7)
        #expect(HazardTokens.observationValues[0] == [1, 2, 3, 4, 5])
    }

    @Test func promptsAndTextsAreListed() throws {
        try expectListed(PreferenceBandit.self, episodes: 20_000, exactly: 0..<4)
        #expect(PreferenceBandit.observationValues[3]?.isEmpty == false)
        try expectListed(Consent.self, episodes: 20, exactly: 0..<0)
        try expectListed(RuleReading.self, episodes: 20, exactly: 0..<0)
    }

    /// Real numbers have no list.
    @Test func whatHasNoListSaysSo() {
        #expect(PointRobot.observationValues.isEmpty && PointMass.observationValues.isEmpty)
    }
}

/// The same of ICU-Sepsis, whose values come from its files.
@Suite(.withICUSepsis, NeedsICUSepsis()) struct ICUSepsisValuesTests {
    @Test func featuresAndFlagsAreThoseOfTheStates() throws {
        let listed = ICUSepsis.observationValues
        #expect(listed.count == 49 && listed[47] == [0, 1] && listed[48] == [0, 1])
        for state in 0..<ICUSepsis.observationCount {
            for (column, value) in try ICUSepsis.observation(inState: state).enumerated() {
                #expect(listed[column]?.contains(value) == true, "state \(state), column \(column)")
            }
        }
        #expect((listed[0]?.count ?? 0) <= 714 && ICUSepsisTerminating.observationValues == listed)
    }
}
