"""Who is who: keys of other systems, the ways a customer is found, twins and how they become one."""
