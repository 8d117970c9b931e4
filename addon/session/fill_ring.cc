#include "session/fill_ring.h"

#include <algorithm>

void FillRing::submit() {
  uint32_t count = waiting_.size();
  count = std::min(count, xsk_prod_nb_free(&ring_, count));
  uint32_t index = 0;
  if (count == 0 || xsk_ring_prod__reserve(&ring_, count, &index) != count) return;
  for (uint32_t i = 0; i < count; i++) *xsk_ring_prod__fill_addr(&ring_, index + i) = waiting_[i];
  xsk_ring_prod__submit(&ring_, count);
  waiting_.erase(waiting_.begin(), waiting_.begin() + count);
}
