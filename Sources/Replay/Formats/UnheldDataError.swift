import Glibc
import Storage

/// Why a format cannot hold a data set whole; nothing of it is dropped in silence.
public struct UnheldDataError: Fault, Equatable, Sendable {
    /// The file that the data are from, or "data set in memory".
    public let place: String
    /// What cannot be held and what to do.
    public let message: String
    /// What kind of fault it is.
    public var kind: FaultKind { .badData }
    /// One line.
    public var description: String { "\(place): \(message)" }
}

extension TransitionDataset {
    /// Checks that a format can hold everything that is in the columns.
    ///
    /// - Throws: `UnheldDataError` with the first that it cannot.
    public func requireHeld(by format: DataFormat) throws(UnheldDataError) {
        let place = path ?? Self.inMemory
        if !format.holdsUnendedTail, let tail = unendedTail {
            throw UnheldDataError(
                place: place,
                message:
                    "\(tail.count) transitions after the last end, from row \(tail.lowerBound) on, which "
                    + "\(format.title) cannot tell from an episode that was cut. Mark the last as cut with --end-last."
            )
        }
        if format.sharesObservations, let row = unsharedObservation() {
            throw UnheldDataError(
                place: place,
                message:
                    "row \(row): the state reached differs from the one that row \(row + 1) acts in, and "
                    + "\(format.title) keeps one observation for both. Write another format, such as NPZ.")
        }
        let bytes = count * (2 * observationSize + actionSize + 4 + costChannels.count) * 4
        if format == .arrays, bytes > Int(UInt32.max) - (1 << 20) {
            throw UnheldDataError(
                place: place,
                message: "\(bytes) bytes of arrays, more than the 4 GB of an NPZ file. Write HDF5 or Parquet."
            )
        }
    }

    /// The first row inside of an episode whose next observation is not that of the row behind it, bit for bit.
    private func unsharedObservation() -> Int? {
        guard let states = UnsafeRawPointer(observations.baseAddress),
            let reached = UnsafeRawPointer(nextObservations.baseAddress)
        else { return nil }
        let width = observationSize * MemoryLayout<Float>.size
        return (0..<max(0, count - 1)).first { row in
            image.rest(after: 2 * width + 2)
            return terminals[row] == 0 && timeouts[row] == 0
                && memcmp(reached + row * width, states + (row + 1) * width, width) != 0
        }
    }
}
