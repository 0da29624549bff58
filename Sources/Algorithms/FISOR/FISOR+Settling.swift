import Foundation
import SafeRL

extension FISOR {
    /// What the critics are judged by until they have settled.
    final class Judging {
        let rows: HeldOutRows
        let batch: TransitionBatch
        let h: Tensor, continues: Tensor
        var watch = CriticsWatch()

        init(_ rows: HeldOutRows, of data: TransitionDataset) {
            self.rows = rows
            batch = TransitionBatch(rows: rows.judged.count, of: data)
            h = Tensor(batch.rows, 1)
            continues = Tensor(batch.rows, 1)
            data.fill(batch, rows: rows.judged)
        }
    }

    /// Whether the critics have settled; never without `settling`.
    package var hasSettled: Bool {
        // Until then the critics are those of the recorded behaviour, which settle too.
        let first = configuration.recordedFirst + CriticsWatch.span * configuration.settlingInterval
        return vr.updates >= first && judging?.watch.isSettled(within: configuration.settling) == true
    }

    /// How the critics' own stage ended; nothing where nobody said when critics have settled.
    func criticsRemark(ofAtMost updates: Int) -> StageRemark? {
        guard let judging, configuration.settling > 0 else { return nil }
        // More updates of the critics alone would be taken from the policy's.
        let remedy = "Raise fisor.criticsFirst, and schedule.steps by as much."
        let most = "\(vr.updates) of at most \(updates) updates"
        if hasSettled { return StageRemark("critics: settled after \(most)") }
        guard let drift = judging.watch.drift else {
            return StageRemark(
                "critics: not known to have settled after \(most): too few to tell. The policy is learned on them all the "
                    + "same. \(remedy)", isWarning: true)
        }
        func percent(_ share: Double) -> String { String(format: "%.0f %%", 100 * share) }
        let looks = CriticsWatch.span * configuration.settlingInterval
        return StageRemark(
            "critics: not settled after \(most): in the last \(looks) V_r moved by \(percent(drift.reward)) and V_h by "
                + "\(percent(drift.feasibility)) of their size, the feasible share by \(percent(drift.feasibleShare)), "
                + "held-out errors by \(percent(drift.error)). The policy is learned on them all the same. "
                + remedy, isWarning: true)
    }

    /// Looks at the critics after their first update and after every `settlingInterval` of them.
    func watchCritics() {
        guard let judging else { return }
        if judging.watch.latest == nil || vr.updates.isMultiple(of: configuration.settlingInterval) {
            judging.watch.add(look(at: judging))
        }
    }

    /// What the critics say of the held-out transitions.
    private func look(at judging: Judging) -> CriticsWatch.Look {
        tape.reset()
        let c = configuration
        readConstraint(of: judging.batch, into: judging.h, judging.continues)
        let s = tape.constant(judging.batch.observations), s2 = tape.constant(judging.batch.nextObservations)
        let sa = s.joined(tape.constant(judging.batch.actions))
        let h = tape.constant(judging.h), m = tape.constant(judging.continues)
        let rewards = tape.constant(judging.batch.rewards)
        var values: (vr: [Float], vh: [Float], qr: [Float], qh: [Float]) = ([], [], [], [])
        tape.temporarily {
            values.vr = vr(s).values.map(\.self)
            values.vh = vh(s).values.map(\.self)
            let yr = rewards + c.discount * m * vr(s2)
            values.qr = (qr.target(sa).smallest() - yr).values.map(\.self)
            values.qh = (qh.target(sa).largest() - feasibilityTarget(h, m, vh(s2))).values.map(\.self)
        }
        let safe = values.vh.count { $0 - c.threshold <= 0 }
        var look = CriticsWatch.Look()
        (look.reward, look.rewardSize) = (Self.mean(values.vr), Self.rootMeanSquare(values.vr))
        (look.feasibility, look.feasibilitySize) = (Self.mean(values.vh), Self.rootMeanSquare(values.vh))
        look.feasibleShare = Double(safe) / Double(values.vh.count)
        look.rewardError = Self.rootMeanSquare(values.qr) / max(look.rewardSize, 1e-6)
        look.feasibilityError = Self.rootMeanSquare(values.qh) / max(look.feasibilitySize, 1e-6)
        return look
    }

    private static func mean(_ values: [Float]) -> Double {
        values.reduce(0) { $0 + Double($1) } / Double(values.count)
    }

    private static func rootMeanSquare(_ values: [Float]) -> Double {
        (values.reduce(0) { $0 + Double($1) * Double($1) } / Double(values.count)).squareRoot()
    }
}
