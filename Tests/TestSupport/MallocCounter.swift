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

    /// The most bytes that the body of the last `count` on this thread asked for at once.
    public static var largest: Int { Int(clamping: malloc_counter_largest()) }

    /// Fewest allocations among three runs of `body`, or of as many as it takes to see none.
    ///
    /// The process itself allocates on any thread, once: after a test beside this one has opened a library, storage of
    /// threads and caches of the runtime grow where they are next used. What `body` allocates, it allocates each time.
    /// The callers of what was counted are printed.
    public static func fewest(_ body: () throws -> Void) rethrows -> Int {
        var fewest = Int.max
        for _ in 0..<3 where fewest > 0 {
            fewest = min(fewest, try count(body))
            if fewest > 0 { malloc_counter_print() }
        }
        return fewest
    }
}
