scan -qZ x
