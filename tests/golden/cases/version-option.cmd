provscan version --jsom
