import Assurance
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct UpperBoundTests {
    static let bounded: [BoundChoice] = [.hoeffding, .maurerPontil, .anderson, .betting]
    static let costs = [0.25, 0.5, 0, 1, 0.125, 0.75, 0.25, 0, 0.5, 0.375, 0, 0]

    static func bound(_ choice: BoundChoice, in range: ClosedRange<Double> = 0...1) throws -> any UpperBound {
        try #require(choice.bound(in: range))
    }

    @Test(arguments: BoundChoice.allCases)
    func aBoundHasTheNameItIsChosenBy(_ choice: BoundChoice) throws {
        #expect(try Self.bound(choice).name == choice.rawValue)
        #expect((choice.bound(in: nil) == nil) == choice.needsRange)
    }

    @Test(arguments: BoundChoice.allCases)
    func aSmallerDeltaGivesALargerBound(_ choice: BoundChoice) throws {
        let bound = try Self.bound(choice)
        let costs = choice == .clopperPearson ? Self.costs.map { $0.rounded() } : Self.costs
        let uppers = try [0.4, 0.1, 0.01, 1e-6].map { try bound.upper(costs, delta: $0) }
        #expect(zip(uppers, uppers.dropFirst()).allSatisfy { $0 < $1 })
        #expect(uppers[0] > costs.reduce(0, +) / Double(costs.count))
    }

    @Test(arguments: [.studentT] + bounded)
    func shiftingAndStretchingTheCostsDoesTheSameToTheBound(_ choice: BoundChoice) throws {
        let plain = try Self.bound(choice).upper(Self.costs, delta: 0.1)
        let stretched = try Self.bound(choice, in: -3...13).upper(Self.costs.map { 16 * $0 - 3 }, delta: 0.1)
        #expect(stretched.isWithin(1e-12, of: 16 * plain - 3))
    }

    @Test(arguments: [BoundChoice.hoeffding, .anderson, .maurerPontil])
    func theOrderOfTheCostsDoesNotMatter(_ choice: BoundChoice) throws {
        let bound = try Self.bound(choice)
        let upper = try bound.upper(Self.costs, delta: 0.1)
        #expect(try bound.upper(Self.costs.reversed(), delta: 0.1).isWithin(1e-14, of: upper))
    }

    @Test func andersonsBoundIsNeverAboveHoeffdingsNorTheLargestCost() throws {
        var stream = RandomStream(seed: 4, for: .testing)
        for n in [1, 2, 5, 40] {
            let costs = (0..<n).map { _ in Double(stream.nextUniform()) }
            let anderson = try AndersonBound(in: 0...1).upper(costs, delta: 0.2)
            let hoeffding = try HoeffdingBound(in: 0...1).upper(costs, delta: 0.2)
            #expect(anderson <= min(hoeffding, 1) + 1e-14)
        }
    }

    @Test func aSingleCostHasABoundWhereTheBoundAllowsIt() throws {
        #expect(try ClopperPearsonBound().upper([0], delta: 0.1).isWithin(1e-12, of: 0.9))
        #expect(try HoeffdingBound(in: 0...1).upper([0], delta: 0.1).isWithin(1e-12, of: 1.0729830131446736))
        #expect(throws: BoundError.tooFew(1, needed: 2)) { try StudentBound().upper([0], delta: 0.1) }
        #expect(throws: BoundError.tooFew(1, needed: 2)) {
            try MaurerPontilBound(in: 0...1).upper([0], delta: 0.1)
        }
    }

    @Test(arguments: BoundChoice.allCases)
    func noCostsHaveNoBound(_ choice: BoundChoice) throws {
        let bound = try Self.bound(choice)
        #expect(throws: BoundError.self) { try bound.upper([], delta: 0.1) }
    }

    @Test(arguments: BoundChoice.allCases)
    func aNumberThatIsNotFiniteHasNoBound(_ choice: BoundChoice) throws {
        let bound = try Self.bound(choice)
        for bad in [Double.nan, .infinity, -.infinity] {
            let error = #expect(throws: BoundError.self) { try bound.upper([0, 1, bad], delta: 0.1) }
            guard case .notFinite(_, index: 2) = error else {
                Issue.record("\(bound.name): \(String(describing: error))")
                continue
            }
        }
    }

    @Test(arguments: bounded)
    func aCostOutsideTheRangeIsRefused(_ choice: BoundChoice) throws {
        let bound = try Self.bound(choice)
        let error = #expect(throws: BoundError.self) { try bound.upper([0, 1.5, 0], delta: 0.1) }
        #expect(
            error?.description
                == "cost 1 is 1.5, outside the stated range [0, 1]: state a range that holds every possible cost."
        )
    }

    @Test func aBinomialBoundRefusesOtherCosts() {
        let error = #expect(throws: BoundError.self) {
            try ClopperPearsonBound().upper([0, 1, 0.5], delta: 0.1)
        }
        #expect(error?.description == "cost 2 is 0.5: the bound is for costs of 0 and 1 only.")
    }

    /// Rare large costs: 1 in one of twenty draws, else 0.01.
    @Test(arguments: bounded)
    func aBoundThatHoldsForEverySampleSizeMissesRarely(_ choice: BoundChoice) throws {
        let bound = try Self.bound(choice)
        let (trials, delta, mean) = (2000, 0.1, 0.05 + 0.95 * 0.01)
        for n in [2, 10, 60] {
            var stream = RandomStream(seed: UInt64(n), for: .testing)
            var misses = 0
            for _ in 0..<trials {
                let costs = (0..<n).map { _ in stream.nextUniform() < 0.05 ? 1 : 0.01 }
                if try bound.upper(costs, delta: delta) < mean { misses += 1 }
            }
            // Four standard errors above delta: by chance in less than one case of 30,000.
            let error = 4 * (delta * (1 - delta) / Double(trials)).squareRoot()
            #expect(Double(misses) / Double(trials) <= delta + error)
        }
    }

    @Test func bettingIsTheTightestForManyBoundedCosts() throws {
        var stream = RandomStream(seed: 9, for: .testing)
        let costs = (0..<1000).map { _ in Double(0.2 * stream.nextUniform()) }
        let betting = try Self.bound(.betting).upper(costs, delta: 0.05)
        for other in [BoundChoice.hoeffding, .anderson, .maurerPontil] {
            #expect(try betting < Self.bound(other).upper(costs, delta: 0.05))
        }
    }

    @Test func assumptionsAreSaidInWordsAndInCases() throws {
        let assumptions = HoeffdingBound(in: 0...200).assumptions
        #expect(
            assumptions.words == "independent, identically distributed costs, every possible cost in [0, 200]"
        )
        #expect(assumptions.conditions == [.independent, .bounded(0...200)])
        #expect(assumptions.validity == .everySize)
        #expect(StudentBound().assumptions.validity == .largeSamples)
        for choice in BoundChoice.allCases {
            let stated = try Self.bound(choice).assumptions
            let copy = try JSONDecoder().decode(Assumptions.self, from: JSONEncoder().encode(stated))
            #expect(copy == stated && stated.conditions.contains(.independent))
        }
    }

    @Test func theQuantileOfReportsIsStudents() {
        let expected = StudentDistribution(degrees: 7).quantile(upperTail: 0.025)
        #expect(SampleMean.quantile(0.95, degrees: 7).isWithin(1e-12, of: expected))
    }
}
