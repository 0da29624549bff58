import Glibc

/// What memory this process can still get, and what says so.
public struct MemorySupply: Sendable, Equatable {
    /// Bytes.
    public var bytes: Double
    /// What limits them, such as "the limit on address space (\"ulimit -v\")".
    public var source: String

    /// Names both.
    public init(bytes: Double, source: String) { (self.bytes, self.source) = (bytes, source) }

    /// Whether there is less than so much: memory and swap of the machine, the limit of the control group, the limits of
    /// the process, and a trial that maps it without touching it, which shows strict overcommitment too.
    ///
    /// - Parameters:
    ///   - bytes: that will be written.
    ///   - reserved: bytes that a library maps beside them, of which it may write few.
    /// - Returns: the scarcest that does not suffice; nil where all do.
    public static func shortage(of bytes: Double, reserving reserved: Double = 0) -> MemorySupply? {
        let mapped = bytes + reserved
        let physical = [machine, controlGroup].compactMap(\.self).filter { $0.bytes < bytes }
        let limits = [addressSpace, data].compactMap(\.self).filter { $0.bytes < mapped }
        if let scarcest = (physical + limits).min(by: { $0.bytes < $1.bytes }) { return scarcest }
        guard mapped >= 1, mapped < 1e18 else { return nil }
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        let place = mmap(nil, Int(mapped), PROT_READ | PROT_WRITE, flags, -1, 0)
        guard let place, place != MAP_FAILED else {
            return MemorySupply(bytes: 0, source: "the system refuses to reserve it")
        }
        munmap(place, Int(mapped))
        return nil
    }

    private static var machine: MemorySupply? {
        guard let text = text(of: "/proc/meminfo"), let free = kibibytes("MemAvailable:", in: text) else {
            return nil
        }
        return MemorySupply(
            bytes: free + (kibibytes("SwapFree:", in: text) ?? 0), source: "memory of this machine")
    }

    /// Of version 2, which containers have; what is cached there is given up when it is needed.
    private static var controlGroup: MemorySupply? {
        let folder = "/sys/fs/cgroup"
        guard let most = number(of: folder + "/memory.max"), let used = number(of: folder + "/memory.current")
        else { return nil }
        let cached = text(of: folder + "/memory.stat").flatMap { field("inactive_file ", in: $0) } ?? 0
        return MemorySupply(bytes: max(most - used + cached, 0), source: "the limit of the control group")
    }

    private static var addressSpace: MemorySupply? {
        limit(RLIMIT_AS, "VmSize:", "the limit on address space (\"ulimit -v\")")
    }
    private static var data: MemorySupply? {
        limit(RLIMIT_DATA, "VmData:", "the limit on data (\"ulimit -d\")")
    }

    private static func limit(_ resource: __rlimit_resource, _ used: String, _ source: String)
        -> MemorySupply?
    {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0, limit.rlim_cur != rlim_t.max,
            let status = text(of: "/proc/self/status"), let now = kibibytes(used, in: status)
        else { return nil }
        return MemorySupply(bytes: max(Double(limit.rlim_cur) - now, 0), source: source)
    }

    // MARK: Files of the kernel

    private static func text(of path: String) -> String? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 16384)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    private static func number(of path: String) -> Double? {
        text(of: path).flatMap { Double($0.prefix { $0 != "\n" }) }
    }

    /// The number that follows a word at the start of a line.
    private static func field(_ word: String, in text: String) -> Double? {
        text.split(separator: "\n").first { $0.hasPrefix(word) }
            .flatMap { $0.dropFirst(word.count).split(whereSeparator: \.isWhitespace).first }
            .flatMap { Double($0) }
    }

    private static func kibibytes(_ word: String, in text: String) -> Double? {
        field(word, in: text).map { $0 * 1024 }
    }
}
