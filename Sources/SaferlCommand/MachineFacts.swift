import Foundation
import Storage

/// What this machine and this build are, as rows for `saferl doctor`.
enum MachineFacts {
    /// All rows, in the order shown.
    static func all() -> [(String, String)] {
        let process = ProcessInfo.processInfo
        return [
            ("saferl", ProgramIdentity.version), ("swift", compiler),
            ("system", process.operatingSystemVersionString),
            ("cores", "\(process.activeProcessorCount) of \(process.processorCount)"),
            ("memory", "\(gigabytes(process.physicalMemory)), \(availableMemory) available"),
            ("free disk here", freeDisk),
        ]
    }

    /// The compiler's version, as far as a condition can tell it.
    private static var compiler: String {
        #if compiler(>=6.4)
            "6.4 or later"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }

    private static func gigabytes(_ bytes: UInt64) -> String {
        let tenths = (bytes + (1 << 29) / 10) / ((1 << 30) / 10)
        return "\(tenths / 10).\(tenths % 10) GiB"
    }

    /// From `/proc/meminfo`, which counts in units of 1024 bytes.
    private static var availableMemory: String {
        guard let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("MemAvailable:") }),
            let count = line.split(separator: " ").dropFirst().first.flatMap({ UInt64($0) })
        else { return "unknown" }
        return gigabytes(count * 1024)
    }

    private static var freeDisk: String {
        let here = FileManager.default.currentDirectoryPath
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: here)
        guard let free = attributes?[.systemFreeSize] as? NSNumber else { return "unknown" }
        return gigabytes(free.uint64Value)
    }
}
