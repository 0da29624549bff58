import Assurance
import Foundation

/// Page's cumulative sum of interventions: sounds when they become more frequent than they were.
///
/// Sₜ = max(0, Sₜ₋₁ + ln p₁/p₀) after an intervention, and with ln (1−p₁)/(1−p₀) after a step without one.
///
/// - SeeAlso: Page 1954, "Continuous inspection schemes"; Lorden 1971, "Procedures for reacting to a change in distribution": of independent
///   steps at the rate p₀ the mean time to a false alarm is at least eʰ.
public struct RateAlarm: Sendable, Hashable {
    /// Share of steps that are interventions as usual, p₀, and the one that must not go unnoticed, p₁ > p₀.
    public let base, alarming: Double
    /// h: sounds from this sum on.
    public let limit: Double
    /// Sₜ.
    public private(set) var sum = 0.0
    /// Whether it has sounded; it stays so, because who switches it off is a person.
    public private(set) var isLatched = false

    /// Sets an alarm.
    ///
    /// - Parameters:
    ///   - base: p₀, in (0, 1).
    ///   - alarming: p₁, in (p₀, 1).
    ///   - limit: above 0.
    /// - Throws: `AvailabilityError.chance`.
    public init(base: Double, alarming: Double, limit: Double) throws(AvailabilityError) {
        guard base > 0 && base < 1 else { throw .chance("a rate of interventions", base) }
        guard alarming > base && alarming < 1 else { throw .chance("an alarming rate", alarming) }
        guard limit > 0 && limit.isFinite else { throw .chance("a limit of the alarm", limit) }
        (self.base, self.alarming, self.limit) = (base, alarming, limit)
    }

    /// The limit with which independent steps at the usual rate sound once in so many steps on average, or more seldom.
    ///
    /// - Parameter steps: above 1.
    /// - Returns: h.
    public static func limit(falseAlarmOnceIn steps: Double) -> Double {
        precondition(steps > 1, "a false alarm in \(steps) steps")
        return log(steps)
    }

    /// A limit for steps that follow each other, such as those of an episode, by what usual ones have shown.
    ///
    /// The largest sum among n steps grows as ln n / θ where its tail falls by e^{−θ}: with the largest sum M, θ is about ln n / M. Of independent
    /// steps θ is 1, and the limit is never below theirs. It is an extrapolation and no bound.
    ///
    /// - Parameters:
    ///   - steps: above 1.
    ///   - usual: whether each usual step was an intervention; at least two steps.
    /// - Returns: h.
    public func limit(falseAlarmOnceIn steps: Double, seenIn usual: some Collection<Bool>) -> Double {
        precondition(usual.count >= 2, "\(usual.count) usual steps")
        var (alarm, largest) = (self, 0.0)
        (alarm.sum, alarm.isLatched) = (0, false)
        for step in usual {
            _ = alarm.step(step)
            largest = max(largest, alarm.sum)
        }
        return Self.limit(falseAlarmOnceIn: steps) * max(1, largest / log(Double(usual.count)))
    }

    /// Takes a step.
    ///
    /// - Parameter isIntervention: whether the layer handed over in it.
    /// - Returns: whether the sum has reached the limit in this step.
    public mutating func step(_ isIntervention: Bool) -> Bool {
        sum = max(0, sum + (isIntervention ? log(alarming / base) : log((1 - alarming) / (1 - base))))
        let sounds = sum >= limit
        isLatched = isLatched || sounds
        return sounds
    }

    /// The first step, from 0, in which an alarm that begins anew sounds; nothing where it does not.
    public func firstAlarm(in steps: some Sequence<Bool>) -> Int? {
        var alarm = self
        (alarm.sum, alarm.isLatched) = (0, false)
        for (number, step) in steps.enumerated() where alarm.step(step) { return number }
        return nil
    }

    /// How often it sounds where it begins anew after each alarm.
    public func alarms(in steps: some Sequence<Bool>) -> Int {
        var (alarm, count) = (self, 0)
        (alarm.sum, alarm.isLatched) = (0, false)
        for step in steps where alarm.step(step) { (count, alarm.sum) = (count + 1, 0) }
        return count
    }
}

/// The exact test of the number of interventions in a window of steps.
public enum WindowTest {
    /// Chance of so many interventions or more among independent steps.
    ///
    /// - Parameters:
    ///   - count: in 0 … `window`.
    ///   - window: steps, at least 1.
    ///   - base: share of steps that are interventions as usual, in (0, 1).
    /// - Returns: a probability.
    public static func pValue(count: Int, window: Int, base: Double) -> Double {
        precondition(window >= 1 && 0...window ~= count && base > 0 && base < 1)
        return count == 0 ? 1 : IncompleteBeta.value(base, a: Double(count), b: Double(window - count + 1))
    }

    /// The first step, from 0, at the end of a window whose chance is below a level; nothing where there is none.
    ///
    /// - Parameters:
    ///   - steps: whether each was an intervention.
    ///   - window: steps.
    ///   - base: as for `pValue`.
    ///   - level: in (0, 1).
    /// - Returns: the number of the step.
    public static func firstAlarm(in steps: [Bool], window: Int, base: Double, level: Double) -> Int? {
        guard steps.count >= window else { return nil }
        var count = steps.prefix(window).count { $0 }
        for end in window - 1..<steps.count {
            if end >= window {
                count += (steps[end] ? 1 : 0) - (steps[end - window] ? 1 : 0)
            }
            if pValue(count: count, window: window, base: base) < level { return end }
        }
        return nil
    }
}
