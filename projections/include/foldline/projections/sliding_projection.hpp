#pragma once

#include <foldline/projections/detail/sliding_engine.hpp>
#include <foldline/projections/event_time_projection.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace foldline::inline v0 {

/// What happened to each key lately, at any instant: the document of a key at t is made of its events of (t - size, t].
///
///     sliding_projection<Clicks> recent{"recent_clicks", 1, sliding{5min}, [](Clicks& into, const Clicks& part) {
///         into.set_views(into.views() + part.views());
///     }};
///     recent.on([](const PageViewed& viewed) { return viewed.page(); },
///               [](Clicks& clicks, const PageViewed&) { clicks.set_views(1); });
///
/// Each event is folded into an empty document, its part. A window is the merger of its parts into an empty document, by
/// time and where times are equal in the order of the log; it is put together whenever it is asked for. So an event that
/// comes late corrects every window that it belongs to, and `merge` need not be undone when an event leaves one.
///
/// The window at t is closed when the watermark has passed t. An event is late where the watermark is more than
/// `allow_late` past it; `late::corrected` lets it in as long as its parts are kept. They are kept until no window can
/// be asked for that holds them: those until `keep_for` behind the watermark, which is `allow_late` unless said. So a key
/// keeps the parts of `size` plus that, and a few events more where the watermark has not come by again.
///
/// The tables are `NAME` (key, at, position, part, document), `NAME_watermark` and `NAME_late`; read them with
/// `sliding_windows`.
///
/// confined.
template <class Document>
class sliding_projection final : public event_time_projection<sliding_projection<Document>, Document> {
    using base = event_time_projection<sliding_projection<Document>, Document>;

public:
    using merge_function = std::function<void(Document& into, const Document& part)>;

    /// Throws `definition_error` for a name that is none, version 0, and a size that is not positive.
    sliding_projection(std::string name, std::uint32_t version, sliding windows, merge_function merge)
        : base(detail::rules_of(std::move(name), version, windows), &detail::sliding_engine::tables),
          merge_(std::move(merge)),
          engine_(std::make_unique<detail::sliding_engine>(base::rules(), &base::new_document, untyped_merge())) {}

    /// `hook(sql_session&, const std::string& key, timestamp at, const Document&)` is called for each event with the
    /// window that ends at it; and where it came out of order, also with those that end at an event of the key after it
    /// and hold it, by time. Costs what the parts in those windows cost to merge.
    template <class Hook>
    sliding_projection& on_change(Hook hook) {
        engine_->on_change([hook = std::move(hook)](sql_session& rows, const std::string& key, const window& when,
                                                    const google::protobuf::Message& document) {
            hook(rows, key, when.end, static_cast<const Document&>(document));
        });
        return *this;
    }

    void apply(std::size_t wanted, const google::protobuf::Message& message, const event_view& event,
               sql_session& rows) override {
        engine_->apply(base::handler(wanted), message, event, rows);
    }
    void flush(sql_session& rows) override { engine_->flush(rows); }
    void rolled_back() override { engine_->forget(false); }
    void committed(global_position) override { engine_->forget(true); }

    [[nodiscard]] const merge_function& merge() const { return merge_; }

private:
    [[nodiscard]] detail::untyped_merge untyped_merge() const {
        return [merge = merge_](google::protobuf::Message& into, const google::protobuf::Message& part) {
            merge(static_cast<Document&>(into), static_cast<const Document&>(part));
        };
    }

    merge_function merge_;
    std::unique_ptr<detail::sliding_engine> engine_;
};

}  // namespace foldline::inline v0
