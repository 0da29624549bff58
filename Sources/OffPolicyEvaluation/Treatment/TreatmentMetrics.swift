import Assurance
import Foundation
import Guardians

/// One patient's course: what was given, what a policy would give in the same states, and what it met.
public struct TreatmentCourse: Sendable, Hashable {
    /// Doses that were given, one row a step, one column a drug.
    public var given: [[Double]]
    /// Doses that the policy recommends in the same states.
    public var recommended: [[Double]]
    /// Whether the patient needed more treatment at each step: a safety constraint was violated.
    public var needs: [Bool]
    /// Whether the recommendation was outside the data's support, where a guardian says so.
    public var outside: [Bool]?

    /// Describes a course of at least one step; all parts have one entry a step.
    public init(given: [[Double]], recommended: [[Double]], needs: [Bool], outside: [Bool]? = nil) {
        precondition(
            !given.isEmpty && given.count == recommended.count && given.count == needs.count
                && outside.map { $0.count == needs.count } ?? true, "parts of a course of different lengths")
        precondition(
            Set((given + recommended).map(\.count)).count == 1,
            "rows of doses with different numbers of drugs")
        precondition(
            (given + recommended).allSatisfy { $0.allSatisfy(\.isFinite) }, "a dose that is no number")
        (self.given, self.recommended, self.needs, self.outside) = (given, recommended, needs, outside)
    }

    /// The sepsis rule: saturation below 92 %, or less urine than 0.5 mL/kg/h.
    ///
    /// - Parameters:
    ///   - saturation: SpO2 in percent at each step; finite, because no comparison finds need in what is no number.
    ///   - urine: mL/kg/h at each step; likewise.
    /// - Returns: whether either constraint is violated.
    public static func needs(saturation: [Double], urine: [Double]) -> [Bool] {
        precondition(
            saturation.count == urine.count, "\(saturation.count) saturations, \(urine.count) urine rates")
        precondition((saturation + urine).allSatisfy(\.isFinite), "a measurement that is no number")
        return zip(saturation, urine).map { $0 < 92 || $1 < 0.5 }
    }
}

/// A number of steps among others; steps of one patient depend on each other, so that no bound follows.
public struct StepShare: Codable, Sendable, Hashable {
    /// Steps in which it was so.
    public let steps: Int
    /// Steps in which it could have been.
    public let of: Int
    /// The share; nothing where there were none.
    public var share: Double? { of == 0 ? nil : Double(steps) / Double(of) }
}

/// The metrics by which OGSRL judges treatment policies.
///
/// They compare recommendations with records and do not say what would have happened. The mortality estimate, from
/// simulated courses, is relative to the model that simulates.
///
/// - SeeAlso: Yan et al. 2025, arXiv:2505.16242, section 5.
public struct TreatmentMetrics: Codable, Sendable, Hashable {
    /// MCR: steps in which recommendation and record are closer than ε.
    public let concordance: StepShare
    /// ε, in the doses' units.
    public let closeness: Double
    /// AIR: of the steps in need, those in which some recommended dose is above the one recommended a step before.
    ///
    /// The paper does not define when treatment is intensified; the first step of a course never counts as such.
    public let intensification: StepShare
    /// ACP: mean distance between successive recommended doses, of all drugs together; nothing for courses of one step.
    public let change: Double?
    /// ACP of each drug: mean absolute difference; nothing for courses of one step.
    public let changePerDrug: [Double]?
    /// Steps outside the support; nothing where no guardian judged.
    public let outsideSteps: StepShare?
    /// Courses with a step outside the support; nothing where no guardian judged.
    public let outsideCourses: StepShare?

    /// Computes the metrics.
    ///
    /// - Parameters:
    ///   - courses: at least one, all with the same drugs, all judged by a guardian or none.
    ///   - closeness: ε, above 0; the paper does not state it.
    public init(_ courses: [TreatmentCourse], closeness: Double) {
        precondition(!courses.isEmpty && closeness > 0, "\(courses.count) courses, closeness \(closeness)")
        precondition(
            Set(courses.map { $0.given[0].count }).count == 1, "courses with different numbers of drugs")
        let judged = courses.compactMap(\.outside)
        precondition(judged.isEmpty || judged.count == courses.count, "a guardian judged some courses only")
        self.closeness = closeness
        let pairs = courses.flatMap { zip($0.given, $0.recommended) }
        concordance = StepShare(
            steps: pairs.count { Self.distance($0.0, $0.1) < closeness }, of: pairs.count)
        let moves = courses.flatMap { zip($0.recommended.dropFirst(), $0.recommended) }
        intensification = StepShare(
            steps: courses.reduce(0) { $0 + $1.intensified },
            of: courses.reduce(0) { $0 + $1.needs.count { $0 } })
        if moves.isEmpty {
            (change, changePerDrug) = (nil, nil)
        } else {
            let count = Double(moves.count)
            change = moves.reduce(0) { $0 + Self.distance($1.0, $1.1) } / count
            changePerDrug = courses[0].given[0].indices.map { drug in
                moves.reduce(0) { $0 + abs($1.0[drug] - $1.1[drug]) } / count
            }
        }
        let flags = judged.flatMap(\.self)
        outsideSteps = judged.isEmpty ? nil : StepShare(steps: flags.count { $0 }, of: flags.count)
        outsideCourses =
            judged.isEmpty ? nil : StepShare(steps: judged.count { $0.contains(true) }, of: judged.count)
    }

    /// ME: how many simulated courses reached death within the horizon, with exact bounds for independent courses.
    ///
    /// - Parameter died: one entry a course, at least one.
    /// - Returns: the count; its `share` is the estimate.
    public static func mortality(_ died: [Bool]) -> BinomialCount {
        BinomialCount(events: died.count { $0 }, trials: died.count)
    }

    private static func distance(_ a: [Double], _ b: [Double]) -> Double {
        zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    }
}

extension TreatmentCourse {
    /// Steps in need at which some dose is above that of the step before.
    fileprivate var intensified: Int {
        needs.indices.count { step in
            step > 0 && needs[step] && zip(recommended[step], recommended[step - 1]).contains { $0 > $1 }
        }
    }
}
