import CMallocCounter

/// Counts heap allocations of the calling thread: the proof that a hot path allocates nothing.
public enum MallocCounter {
    /// Whether allocations can be counted here; not with sanitizers or another C library than glibc.
    public static var works: Bool { malloc_counter_works() != 0 }

    /// Whether allocations can be counted and code is optimised: in debug mode the standard library's own loops allocate.
    public static var worksInRelease: Bool {
        #if DEBUG
            false
        #else
            works
        #endif
    }

    /// Allocations (malloc, calloc, realloc and the aligned ones) that `body` makes on the calling thread.
    ///
    /// Other threads, such as those of tests running at the same time, are not counted.
    public static func count(_ body: () throws -> Void) rethrows -> Int {
        malloc_counter_start()
        do {
            try body()
        } catch {
            _ = malloc_counter_stop()
            throw error
        }
        return Int(malloc_counter_stop())
    }
}
