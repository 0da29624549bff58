import CKernels
import COpenBLAS
import Foundation

/// How matrix products are computed on this machine: part of what a run must record to be repeatable.
public enum BLAS {
    /// The kernel family that OpenBLAS uses, such as `Haswell` or `Zen`; `SkylakeX + tiles` or `Haswell + narrow tiles` where
    /// products with many rows are computed in tiles of our own.
    public static var kernel: String {
        _ = prepared
        let library = String(cString: openblas_get_corename())
        return switch ProductMethod.best {
        case .tiles: library + " + tiles"
        case .narrowTiles: library + " + narrow tiles"
        case .bf16: library + " + bf16 tiles"
        case .library: library
        }
    }

    /// Build description of OpenBLAS, with its version.
    public static var version: String { String(cString: openblas_get_config()) }

    /// Threads over which rows are shared out, the calling thread included.
    ///
    /// Results do not depend on it. The default is the number of cores that the process may run on.
    public static var threads: Int {
        get { Int(ck_threads()) }
        set { ck_set_threads(Int32(clamping: newValue)) }
    }

    /// Runs once, before the first product: one OpenBLAS thread, since rows are shared out above it, and a kernel that
    /// fits the processor.
    ///
    /// OpenBLAS picks its kernel by processor model and falls back to a 2004 one for models newer than itself (0.3.21 on a
    /// 2023 Xeon: 33 instead of 155 GFLOP/s). Where the processor can do better and the user has not chosen
    /// (`OPENBLAS_CORETYPE`), the choice is made anew by instruction set.
    static let prepared: Bool = {
        openblas_set_num_threads(1)
        guard getenv("OPENBLAS_CORETYPE") == nil, let better = betterKernel() else { return true }
        let library = dlopen(nil, RTLD_NOW)
        defer { if let library { dlclose(library) } }
        guard let quit = dlsym(library, "gotoblas_dynamic_quit"),
            let start = dlsym(library, "gotoblas_dynamic_init")
        else {
            return true
        }
        typealias Routine = @convention(c) () -> Void
        setenv("OPENBLAS_CORETYPE", better, 1)
        unsafeBitCast(quit, to: Routine.self)()
        unsafeBitCast(start, to: Routine.self)()
        unsetenv("OPENBLAS_CORETYPE")
        return true
    }()

    /// Whether 32 sums of 16 lanes fit into registers, which the product of few rows is written for.
    static let hasWideVectors = ck_vector_level() == 3

    /// The microarchitecture level that this processor offers, as compilers and the C library call it; `baseline` for the
    /// oldest and for other processors.
    public static var processorLevel: String {
        switch ck_vector_level() {
        case 3: "x86-64-v4"
        case 2: "x86-64-v3"
        default: "baseline"
        }
    }

    private static func betterKernel() -> String? {
        let old: Set = [
            "Prescott", "Core2", "Penryn", "Dunnington", "Nehalem", "Sandybridge", "Atom", "Unknown",
        ]
        guard old.contains(String(cString: openblas_get_corename())) else { return nil }
        switch ck_vector_level() {
        case 3: return "SkylakeX"
        case 2: return "Haswell"
        default: return nil
        }
    }

    /// C (+)= op(A)·op(B) for row-major blocks, on the calling thread.
    ///
    /// `m` and `n` are the rows and columns of C, `k` the columns of op(A); `lda`, `ldb` and `ldc` the floats from one
    /// row to the next. A and B are transposed where the flags say so; C is overwritten unless `accumulate`.
    static func product(
        _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Float>, lda: Int, transposeA: Bool,
        _ b: UnsafePointer<Float>, ldb: Int, transposeB: Bool, _ c: UnsafeMutablePointer<Float>, ldc: Int,
        accumulate: Bool
    ) {
        guard m > 0 && n > 0 else { return }
        if k == 0 {
            if !accumulate { for row in 0..<m { (c + row * ldc).update(repeating: 0, count: n) } }
            return
        }
        cblas_sgemm(
            CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
            Int32(m),
            Int32(n), Int32(k), 1, a, Int32(lda), b, Int32(ldb), accumulate ? 1 : 0, c, Int32(ldc))
    }

    /// Writes the transpose of a row-major block: `result` is `[columns, rows]`.
    static func transpose(
        _ a: UnsafePointer<Float>, _ rows: Int, _ columns: Int, into result: UnsafeMutablePointer<Float>
    ) {
        cblas_somatcopy(
            CblasRowMajor, CblasTrans, Int32(rows), Int32(columns), 1, a, Int32(columns), result, Int32(rows))
    }

    /// Measured rate of single-precision products on all threads together, for the shape of a training step.
    ///
    /// - Parameter rounds: how often to measure; the median counts.
    /// - Returns: GFLOP/s.
    public static func measuredRate(rounds: Int = 60) -> Double {
        _ = prepared
        let (m, n, k, threads) = (512, 1024, 256, threads)
        let a = Tensor(m, k), b = Tensor(k, n), c = Tensor(threads * m, n)
        var stream = RandomStream(seed: 1, for: .testing)
        stream.fillNormal(a.buffer)
        stream.fillNormal(b.buffer)
        guard let ap = a.buffer.baseAddress, let bp = b.buffer.baseAddress, let cp = c.buffer.baseAddress
        else { return 0 }
        let clock = ContinuousClock()
        let times = (0..<max(rounds, 1)).map { _ in
            clock.measure {
                Shards.run(threads, on: (ap, bp, cp)) { blocks, thread in
                    for _ in 0..<4 {
                        product(
                            512, 1024, 256, blocks.0, lda: 256, transposeA: false, blocks.1, ldb: 1024,
                            transposeB: false,
                            blocks.2 + thread * 512 * 1024, ldc: 1024, accumulate: false)
                    }
                }
            } / .seconds(1)
        }
        return 2e-9 * Double(4 * threads * m * n * k) / times.sorted()[times.count / 2]
    }
}
