import Foundation

/// Median time of some repetitions, s.
struct MedianTime {
    /// On the clock.
    let wall: Double
    /// Of the processor, all threads together: what does not grow when other programs run.
    let processor: Double

    /// Times a body.
    ///
    /// - Parameters:
    ///   - repeats: at least 1.
    ///   - body: what is timed.
    /// - Throws: what the body throws.
    init(of repeats: Int, _ body: () throws -> Void) rethrows {
        var (walls, processors): ([Double], [Double]) = ([], [])
        for _ in 0..<repeats {
            let before = Self.processorSeconds()
            walls.append(try ContinuousClock().measure(body) / .seconds(1))
            processors.append(Self.processorSeconds() - before)
        }
        (wall, processor) = (walls.sorted()[repeats / 2], processors.sorted()[repeats / 2])
    }

    /// Time of the processor that this process has used, all threads together, s.
    private static func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
