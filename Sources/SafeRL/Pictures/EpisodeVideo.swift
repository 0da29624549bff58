import Glibc
import Pictures
import Storage

/// A video of episodes of an evaluation, made by playing them again with equal seeds and actions.
///
/// The evaluation itself knows nothing of it, so its figures cannot depend on being filmed; and each step played again must
/// give the observation that it gave in the evaluation, so the video shows those episodes and no others. One frame at a
/// time is in memory.
public struct EpisodeVideo {
    /// Where the video goes.
    public let path: String
    /// Frames a second.
    public let rate: Int

    private let format: VideoFormat
    private let environment: any VectorEnvironment
    private let layout: EpisodeLayout
    private let program: FilmProgram?
    private let files: any FileOperations

    /// Finds out whether a video can be made, before anything is evaluated.
    ///
    /// - Parameters:
    ///   - path: the file; its ending says the format, its folder exists. A file that is there is replaced once the
    ///     video is complete.
    ///   - format: what the ending says.
    ///   - environment: one slot or more, made to draw frames; only slot 0 is used.
    ///   - rate: in `VideoFormat.rates`; nothing for that of the task, or 25 where it has none.
    ///   - other: the name of an environment that draws what this one does not, if there is one.
    /// - Throws: `VideoError`, `FilmError`, `StorageError` where the file cannot be created, and what the environment throws.
    public init(
        to path: String, _ format: VideoFormat, of environment: any VectorEnvironment, rate: Int? = nil,
        orElse other: String? = nil
    ) throws {
        try self.init(to: path, format, of: environment, rate: rate, orElse: other, files: SystemFiles())
    }

    /// Likewise, with file operations and a program of one's own.
    package init(
        to path: String, _ format: VideoFormat, of environment: any VectorEnvironment, rate: Int? = nil,
        orElse other: String? = nil, files: any FileOperations, ffmpeg: String = "ffmpeg"
    ) throws {
        precondition(rate.map(VideoFormat.rates.contains) ?? true, "\(rate ?? 0) frames a second")
        (self.path, self.format, self.environment, self.files) = (path, format, environment, files)
        let own = environment.frameRate ?? VideoFormat.standardRate
        self.rate = rate ?? min(max(own, VideoFormat.rates.lowerBound), VideoFormat.rates.upperBound)
        try files.checkCreation(of: path)
        program = format == .mp4 ? try FilmProgram(ffmpeg, for: path) : nil
        var observation = [Float](repeating: .nan, count: environment.observationSpace.size)
        var span = observation.mutableSpan
        try environment.reset([0], seeds: [0], observations: &span)
        guard let first = try environment.frame(of: 0) else {
            throw VideoError.noPictures(environment: environment.name, other: other)
        }
        layout = EpisodeLayout(for: first)
    }

    /// Plays the first episodes again and writes the video, whole or not at all.
    ///
    /// An interrupt or a termination signal ends it.
    ///
    /// - Parameters:
    ///   - evaluation: must have kept as many episodes.
    ///   - count: how many, at least 1.
    /// - Returns: how many frames the video has.
    /// - Throws: `VideoError`, `FilmError`, `StorageError`, and what the environment throws.
    @discardableResult
    public func record(_ evaluation: Evaluation, first count: Int = 1) throws -> Int {
        guard count <= evaluation.episodes.count else {
            throw VideoError.tooManyEpisodes(count, evaluated: evaluation.episodes.count)
        }
        precondition(
            1...evaluation.actions.count ~= count,
            "\(evaluation.actions.count) of \(count) episodes were kept")
        let frames = evaluation.episodes[..<count].reduce(0) { $0 + $1.length + 1 }
        let size = (layout.width, layout.height)
        switch (format, program) {
        case (.gif, _):
            try files.replaceFile(path) { sink in
                try play(count, of: evaluation, into: AnimatedGIF(to: sink, size: size, rate: rate))
            }
        case (.png, _):
            try files.replaceFile(path) { sink in
                try play(
                    count, of: evaluation, into: AnimatedPNG(to: sink, size: size, rate: rate, count: frames))
            }
        case (.mp4, let program?):
            try files.replaceFile(
                path,
                writtenBy: { partial in
                    try play(
                        count, of: evaluation,
                        into: FilmProcess(program, writing: partial, for: path, size: size, rate: rate))
                })
        case (.mp4, nil): preconditionFailure("an MP4 file without a program that writes it")
        }
        return frames
    }

    private func play(_ count: Int, of evaluation: Evaluation, into encoder: some FrameEncoding) throws {
        var encoder = encoder
        let watch = SignalWatch()
        do {
            for index in 0..<count { try play(index, of: evaluation, watch, into: &encoder) }
            try encoder.end()
        } catch {
            // What a signal also reached, such as ffmpeg, fails because of it.
            if let signal = watch.pending { throw VideoError.stopped(path: path, signal: signal) }
            throw error
        }
    }

    private func play(
        _ index: Int, of evaluation: Evaluation, _ watch: borrowing SignalWatch,
        into encoder: inout some FrameEncoding
    ) throws {
        var replay = EpisodeReplay(in: environment, of: evaluation, index)
        var picture = EpisodePicture(replay.record.caption, layout)
        for step in 0...replay.record.length {
            if let signal = watch.pending { throw VideoError.stopped(path: path, signal: signal) }
            let (shown, cost) = try replay.play(step)
            guard layout.view.fits(shown) else {
                throw VideoError.otherSize(
                    environment: environment.name, episode: replay.record.index, step: step)
            }
            // The end stays for a second.
            try encoder.append(
                picture.next(shown, cost: cost), lasting: step == replay.record.length ? rate : 1)
        }
    }
}

extension EpisodeRecord {
    /// What pictures of the episode say about it.
    package var caption: EpisodeCaption {
        EpisodeCaption(
            index: index, length: length, cost: totalCost,
            ending: reachedGoal == true ? .goal : end == .terminated ? .terminated : .limit)
    }
}

extension FileOperations {
    /// Finds out that a file cannot be created, before the time for its content is spent.
    ///
    /// - Throws: `StorageError`.
    fileprivate func checkCreation(of path: String) throws {
        switch fileKind(path, following: true) {
        case .directory?: throw StorageError(path, "create", SystemFault(EISDIR))
        case .other?: throw StorageError(path, "create", SystemFault(ENXIO))
        default: break
        }
        let partial = path + ".partial"
        let descriptor = try attempt(path, "create") { () throws(SystemFault) in
            try open(partial, flags: O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW)
        }
        do { try closeFile(descriptor, path) } catch {
            try? remove(partial)
            throw error
        }
        try attempt(path, "remove") { () throws(SystemFault) in try remove(partial) }
    }
}
