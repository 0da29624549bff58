import CHDF5Reader
import Glibc

/// What reading a foreign file may use; beyond these the file is refused.
///
/// Files are read by a child process, so a file made to crash, hang or exhaust libhdf5 costs one error message.
public struct ImportLimits: Sendable, Equatable {
    /// Most transitions accepted; batches index rows with 32 bits.
    public var maximumRows = Int(Int32.max)
    /// Most bytes of all columns together where they lie in memory; three quarters of the machine's memory unless set.
    public var maximumBytes = Self.threeQuartersOfMemory
    /// Most bytes of all columns together where they lie on disk, whose room is what limits them unless this is set.
    public var maximumBytesOnDisk = 1 << 44
    /// Largest stored block, which libhdf5 unpacks whole; 1 GiB unless set.
    public var maximumBlockBytes = 1 << 30
    /// Processor seconds to open the file and check its structure; by the clock eight times as many.
    public var inspectionSeconds = 8.0
    /// Slowest acceptable reading after that, in bytes of columns a processor second.
    public var slowestBytesPerSecond = 4e6

    /// Address space that reading may use beyond columns and stored blocks, in bytes.
    package var workingBytes = 160 << 20

    /// Faults that tests provoke in the child.
    package enum Fault: Int32, Sendable { case none, crash, hang, spin, allocation, escape, noFilter }
    package var injectedFault = Fault.none

    /// The documented defaults.
    public init() {}

    var cLimits: ch5_limits {
        ch5_limits(
            maximum_rows: Int64(min(maximumRows, Int(Int32.max))), maximum_bytes: Int64(maximumBytes),
            maximum_chunk_bytes: Int64(maximumBlockBytes), working_bytes: Int64(workingBytes),
            inspection_seconds: inspectionSeconds, bytes_per_second: slowestBytesPerSecond,
            other_layouts: 0, without_costs: 0, disk_file: -1, injected_fault: injectedFault.rawValue)
    }

    private static var threeQuartersOfMemory: Int {
        max(1 << 30, sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)) / 4 * 3)
    }
}
