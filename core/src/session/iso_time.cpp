#include "iso_time.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <string>

namespace agents {

namespace {

// The formatting and clocks of the C++ library bring code for much else.
std::string digits(std::int64_t number, std::size_t width) {
  auto text = std::to_string(number);
  return std::string(width - std::min(width, text.size()), '0') + text;
}

}  // namespace

std::int64_t nowMs() {
  std::timespec now{};
  std::timespec_get(&now, TIME_UTC);
  return static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

std::string isoTime(std::int64_t ms) {
  using namespace std::chrono;
  sys_time<milliseconds> time{milliseconds(ms)};
  auto day = floor<days>(time);
  year_month_day date(day);
  hh_mm_ss clock(time - day);
  return digits(static_cast<int>(date.year()), 4) + '-' + digits(static_cast<unsigned>(date.month()), 2) + '-' +
         digits(static_cast<unsigned>(date.day()), 2) + 'T' + digits(clock.hours().count(), 2) + ':' +
         digits(clock.minutes().count(), 2) + ':' + digits(clock.seconds().count(), 2) + '.' +
         digits(clock.subseconds().count(), 3) + 'Z';
}

}  // namespace agents
