import Foundation
import Glibc
import SafeRL

/// How many simulations there are, in how many processes.
package struct SlotPlan: Equatable, Sendable {
    /// Simulations over all workers.
    package var slots: Int
    /// Processes that share them.
    package var workers: Int

    /// Names both.
    package init(slots: Int, workers: Int) { (self.slots, self.workers) = (slots, workers) }

    /// As many as take half of the free memory at most, and one in any case.
    ///
    /// - Parameters:
    ///   - free: bytes.
    ///   - each: bytes that a simulation takes, those of its process included.
    /// - Returns: at most what there is.
    package func fitting(_ free: Double, each: Double) -> SlotPlan {
        let most = max(1, Int(min(free / (2 * max(each, 1)), 1e9)))
        return SlotPlan(slots: min(slots, most), workers: min(workers, most))
    }

    /// What there is memory for when each simulation takes as much as a worker that has made its first.
    func fittingMemory(besides worker: Int32) -> SlotPlan {
        guard let each = Self.residentBytes(of: worker),
            let scarce = MemorySupply.shortage(of: 2 * Double(slots) * each)
        else { return self }
        return fitting(scarce.bytes, each: each)
    }

    /// What a process holds in memory; nil where the system does not say.
    private static func residentBytes(of process: Int32) -> Double? {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/statm", encoding: .utf8) else {
            return nil
        }
        let fields = text.split(separator: " ")
        return fields.count > 1 ? Double(fields[1]).map { $0 * Double(sysconf(Int32(_SC_PAGESIZE))) } : nil
    }
}
