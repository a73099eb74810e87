#pragma once

#include <foldline/projections/detail/window_rules.hpp>

#include <functional>
#include <memory>
#include <vector>

namespace foldline::inline v0::detail {

using untyped_merge = std::function<void(google::protobuf::Message& into, const google::protobuf::Message& part)>;

/// The part of a `sliding_projection` that does not depend on its types, compiled once.
///
/// confined. `rules` outlives it.
class sliding_engine {
public:
    sliding_engine(const window_rules& rules, message_ptr (*new_document)(), untyped_merge merge);
    ~sliding_engine();

    [[nodiscard]] static std::vector<read_model_table> tables(const window_rules& rules,
                                                              const std::vector<read_model_table>& own);

    void on_change(window_hook hook);

    void apply(const window_handler& handler, const google::protobuf::Message& message, const event_view& event,
               sql_session& rows);
    void flush(sql_session& rows);
    void forget(bool committed);

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

}  // namespace foldline::inline v0::detail
