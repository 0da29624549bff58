/// What `saferl doctor` asks the linked libraries.
enum DoctorWork {
    /// Rows such as `("blas", "OpenBLAS 0.3.21, kernel SkylakeX, 2 threads")`.
    static func libraries() -> [(String, String)] {
        // Wire: matrix kernel and threads from Tensors, HDF5's version from Replay.
        []
    }
}
