import Foundation
import Rules
import Storage
import TestSupport
import Testing

@Suite struct NearestPointTests {
    private static func numbers(_ value: JSONValue?) -> [Double] {
        (value?.elements ?? []).compactMap { $0.number?.double }
    }

    @Test func nearestPointsAreThoseOfTheGoldenTable() throws {
        let rows = try GoldenGuard.rows("projection.json")
        #expect(rows.count == 40)
        for (number, row) in rows.enumerated() {
            let proposed = Self.numbers(row["proposed"])
            let constraints = (row["constraints"]?.elements ?? []).map {
                LinearConstraint(
                    coefficients: Self.numbers($0["coefficients"]),
                    bound: $0["at_most"]?.number?.double ?? .nan)
            }
            let nearest = NearestPoint(
                low: Self.numbers(row["low"]), high: Self.numbers(row["high"]),
                weights: proposed.map { _ in 1 })
            let found = nearest(to: proposed, within: constraints)
            guard let action = row["action"]?.elements else {
                #expect(found == nil, "\(number)")
                continue
            }
            let point = try #require(found, "\(number)")
            for (own, wanted) in zip(point.point, action) {
                #expect(abs(own - (wanted.number?.double ?? .nan)) <= 1e-6, "\(number)")
            }
            #expect(abs(point.distance - (row["distance"]?.number?.double ?? .nan)) <= 1e-6, "\(number)")
        }
    }

    @Test func theTableHasCasesWithoutAPoint() throws {
        #expect(try GoldenGuard.rows("projection.json").contains { $0["action"]?.elements == nil })
    }

    /// Conditions of the optimum: within, and no direction that is within goes nearer.
    @Test func noPointNearbyIsNearer() {
        var dice = Draws(seed: 5)
        var solved = 0
        for size in [1, 2, 3, 8, 16] {
            for _ in 0..<60 {
                let weights = (0..<size).map { _ in dice.next(0.2, 3) }
                let nearest = NearestPoint(
                    low: [Double](repeating: -1, count: size), high: [Double](repeating: 1, count: size),
                    weights: weights)
                let constraints = (0..<2 * size).map { _ in
                    LinearConstraint(
                        coefficients: (0..<size).map { _ in dice.next(-2, 2) }, bound: dice.next(-0.3, 1))
                }
                let start = (0..<size).map { _ in dice.next(-2, 2) }
                guard let found = nearest(to: start, within: constraints) else { continue }
                solved += 1
                #expect(isWithin(found.point, constraints, slack: 1e-9))
                for _ in 0..<200 {
                    let other = found.point.map { $0 + dice.next(-1, 1) * 0.1 }
                    guard isWithin(other, constraints, slack: 0) else { continue }
                    let distance = zip(weights, zip(other, start)).reduce(0.0) {
                        $0 + $1.0 * $1.0 * ($1.1.0 - $1.1.1) * ($1.1.0 - $1.1.1)
                    }.squareRoot()
                    #expect(distance >= found.distance - 1e-9)
                }
            }
        }
        #expect(solved > 150)
    }

    private func isWithin(_ point: [Double], _ constraints: [LinearConstraint], slack: Double) -> Bool {
        point.allSatisfy { abs($0) <= 1 + slack }
            && constraints.allSatisfy { constraint in
                let sum = point.indices.reduce(0.0) { $0 + constraint.coefficients[$1] * point[$1] }
                return sum <= constraint.bound + slack
            }
    }

    @Test func sidesThatMeetInAPointAndSidesThatDoNot() {
        let nearest = NearestPoint(low: [-1, -1], high: [1, 1], weights: [1, 1])
        let equal = [
            LinearConstraint(coefficients: [1, 0], bound: 0.25),
            LinearConstraint(coefficients: [-1, 0], bound: -0.25),
        ]
        #expect(nearest(to: [0, 0.5], within: equal)?.point == [0.25, 0.5])
        let apart = [
            LinearConstraint(coefficients: [1, 1], bound: 0),
            LinearConstraint(coefficients: [-1, -1], bound: -0.001),
        ]
        #expect(nearest(to: [0.5, 0.5], within: apart) == nil)
        let nothing = LinearConstraint(coefficients: [0, 0], bound: -1)
        #expect(nearest(to: [0, 0], within: [nothing]) == nil)
        let free = LinearConstraint(coefficients: [0, 0], bound: 0)
        #expect(nearest(to: [3, 0], within: [free])?.point == [1, 0])
    }
}

/// A small generator of numbers, so that a failure can be repeated.
struct Draws {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func roll(_ sides: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(sides))
    }

    mutating func next(_ low: Double, _ high: Double) -> Double {
        low + (high - low) * Double(roll(1 << 20)) / Double(1 << 20)
    }
}
