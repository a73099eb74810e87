#pragma once

#include <foldline/projections/detail/window_engine.hpp>
#include <foldline/projections/event_time_projection.hpp>

#include <memory>
#include <string>
#include <utility>

namespace foldline::inline v0 {

/// Folds events into one Protobuf document for each key and window of event time.
///
///     window_projection<Clicks> per_minute{"clicks_per_minute", 1, tumbling{1min}};
///     per_minute.watermark_lags(30s).allow_late(10min).late_events(late::set_aside);
///     per_minute.on([](const PageViewed& viewed) { return viewed.page(); },
///                   [](Clicks& clicks, const PageViewed&) { clicks.set_views(clicks.views() + 1); });
///
/// A window of a key comes into being with its first event, and is
///
///     open    until the watermark comes to its end;
///     closed  from then on. `on_closed` was called with it, once. It still takes events until the watermark is
///             `allow_late` past the end, and then those that `late::corrected` lets in; each is counted as a correction.
///
/// A window whose first event comes when it should be closed already is closed by that event, and has no correction of
/// it. An event that is in several windows may be late for some of them only. Inside a window events are folded in the
/// order of the log, not in that of their time.
///
/// Each window that a batch touches is read once and written once. The tables are `NAME` (key, start, end, document,
/// closed, corrections), `NAME_watermark` (key, watermark, ignored) and `NAME_late`; read them with `windows`.
///
/// confined.
template <class Document>
class window_projection final : public event_time_projection<window_projection<Document>, Document> {
    using base = event_time_projection<window_projection<Document>, Document>;

public:
    /// Throw `definition_error` for a name that is none, version 0, and windows that make no sense.
    window_projection(std::string name, std::uint32_t version, tumbling windows)
        : window_projection(std::move(name), version, hopping{windows.size, windows.size, windows.offset}) {}
    window_projection(std::string name, std::uint32_t version, hopping windows)
        : base(detail::rules_of(std::move(name), version, windows), &detail::window_engine::tables),
          engine_(std::make_unique<detail::window_engine>(base::rules(), &base::new_document)) {}

    /// `hook(sql_session&, const std::string& key, const window&, const Document&)` is called once for every window, by
    /// the event that brings the watermark to its end, in the transaction of that event. Those that one event closes come
    /// by end, then by key. The tables of the projection itself are not up to date then; `table` adds others.
    template <class Hook>
    window_projection& on_closed(Hook hook) {
        engine_->on_closed(base::untyped(std::move(hook)));
        return *this;
    }
    /// The same, each time that a closed window has taken another event.
    template <class Hook>
    window_projection& on_corrected(Hook hook) {
        engine_->on_corrected(base::untyped(std::move(hook)));
        return *this;
    }

    void apply(std::size_t wanted, const google::protobuf::Message& message, const event_view& event,
               sql_session& rows) override {
        engine_->apply(base::handler(wanted), message, event, rows);
    }
    void flush(sql_session& rows) override { engine_->flush(rows); }
    void rolled_back() override { engine_->forget(false); }
    void committed(global_position) override { engine_->forget(true); }

private:
    std::unique_ptr<detail::window_engine> engine_;
};

}  // namespace foldline::inline v0
