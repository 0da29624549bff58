import ArgumentParser
import SafeRL

/// What the command line says about a video.
struct FilmArguments: ParsableArguments {
    @ArgumentParser.Option(
        help: ArgumentHelp(
            """
            Also write a video whose ending says its kind: .gif, .png (animated) or .mp4 (by ffmpeg). A file that is \
            there is replaced.
            """, valueName: "file"), completion: .file())
    var video: String?
    @ArgumentParser.Option(help: ArgumentHelp("Episodes in the video; 1 without it.", valueName: "n"))
    var videoEpisodes: Int?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "Frames a second, 1 to 50; without it as many as the task has steps in a second, else 25.",
            valueName: "n"))
    var videoFps: Int?

    func validate() throws {
        try CountRange.check("video-episodes", videoEpisodes, in: CountRange.episodes)
        if let videoFps, !VideoFormat.rates.contains(videoFps) {
            throw ValidationError("--video-fps \(videoFps): must be 1 to \(VideoFormat.rates.upperBound).")
        }
        if video == nil && (videoEpisodes != nil || videoFps != nil) {
            throw ValidationError("--video-episodes and --video-fps need --video FILE, the file to write.")
        }
        if let video, VideoFormat(ofPath: video) == nil {
            throw ValidationError("--video \(video): must end in .gif, .png or .mp4.")
        }
    }

    /// The video that is asked for, if one is.
    var work: FilmWork? {
        guard let video, let format = VideoFormat(ofPath: video) else { return nil }
        return FilmWork(path: video, format: format, episodes: videoEpisodes ?? 1, rate: videoFps)
    }
}
