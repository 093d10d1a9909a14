"""What the pages of all apps share: how they ask, act, answer, leaf through lists and read their address; and the API's door."""
